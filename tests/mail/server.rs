//! A mail server (RFC 5321) that takes mails, and fails as real ones do.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mail_parser::{Message, MessageParser};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

/// What goes wrong.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// Before each answer.
    pub delay: Duration,
    /// Says 421 at the greeting.
    pub busy: bool,
    /// The first so many tries for each recipient are put off with 451.
    pub greylist: u32,
    /// Recipients that are refused for good.
    pub unknown: Vec<String>,
    /// So many connections end in the middle of DATA.
    pub cut_in_data: u32,
    /// So many connections end after the final dot, which counts, before the answer.
    pub cut_after_dot: u32,
}

/// A mail as it came.
#[derive(Clone, Debug)]
pub struct Taken {
    /// EHLO.
    pub hello: String,
    /// MAIL FROM.
    pub from: String,
    /// RCPT TO.
    pub to: Vec<String>,
    /// Who signed in, `USER:PASSWORD`.
    pub user: Option<String>,
    /// Whether the connection was protected.
    pub tls: bool,
    /// The message.
    pub data: Vec<u8>,
}

impl Taken {
    /// As a mail program reads it.
    pub fn message(&self) -> Message<'_> {
        MessageParser::default().parse(&self.data).expect("a message")
    }

    /// The message as it came.
    pub fn text(&self) -> String {
        String::from_utf8(self.data.clone()).expect("text")
    }
}

/// What the server offers.
#[derive(Clone, Default)]
pub struct Offer {
    /// Its certificate.
    pub tls: Option<TlsAcceptor>,
    /// From the first byte instead of by STARTTLS.
    pub implicit: bool,
    /// `PLAIN` or `LOGIN`.
    pub auth: Option<&'static str>,
}

#[derive(Default)]
struct State {
    faults: Mutex<Faults>,
    taken: Mutex<Vec<Taken>>,
    tries: Mutex<HashMap<String, u32>>,
}

/// A running server; ends with the value.
pub struct MailServer {
    /// Where, on 127.0.0.1.
    pub port: u16,
    state: Arc<State>,
    task: JoinHandle<()>,
}

impl MailServer {
    /// On any port.
    pub async fn start() -> Self {
        Self::with(0, Offer::default(), Faults::default()).await
    }

    /// On any port, with something wrong.
    pub async fn faulty(faults: Faults) -> Self {
        Self::with(0, Offer::default(), faults).await
    }

    /// On a given port.
    pub async fn with(port: u16, offer: Offer, faults: Faults) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("the port");
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State { faults: Mutex::new(faults), ..State::default() });
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (offer, state) = (offer.clone(), Arc::clone(&shared));
                // A client that goes away is its own affair.
                tokio::spawn(async move { serve(stream, offer, state).await.is_ok() });
            }
        });
        Self { port, state, task }
    }

    /// Changes what goes wrong.
    pub fn set(&self, faults: Faults) {
        *self.state.faults.lock().unwrap() = faults;
    }

    /// The mails so far.
    pub fn taken(&self) -> Vec<Taken> {
        self.state.taken.lock().unwrap().clone()
    }

    /// Waits for so many mails.
    pub async fn mails(&self, n: usize) -> Vec<Taken> {
        super::patiently("mail", || Some(self.taken()).filter(|mails| mails.len() >= n)).await
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

struct Session {
    stream: BufReader<Box<dyn Stream>>,
    offer: Offer,
    state: Arc<State>,
    tls: bool,
    hello: String,
    user: Option<String>,
}

async fn serve(stream: TcpStream, offer: Offer, state: Arc<State>) -> io::Result<()> {
    let mut boxed: Box<dyn Stream> = Box::new(stream);
    let implicit = offer.tls.clone().filter(|_| offer.implicit);
    let tls = implicit.is_some();
    if let Some(acceptor) = implicit {
        boxed = Box::new(acceptor.accept(boxed).await?);
    }
    let mut session = Session { stream: BufReader::new(boxed), offer, state, tls, hello: String::new(), user: None };
    if session.faults().busy {
        return session.say("421 too busy").await;
    }
    session.say("220 mx.test ESMTP").await?;
    session.run().await
}

impl Session {
    fn faults(&self) -> Faults {
        self.state.faults.lock().unwrap().clone()
    }

    async fn say(&mut self, line: &str) -> io::Result<()> {
        let delay = self.faults().delay;
        tokio::time::sleep(delay).await;
        self.stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).await?;
        self.stream.get_mut().flush().await
    }

    async fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        assert!(line.ends_with("\r\n"), "lines end in CRLF: {line:?}");
        Ok(line.trim_end().to_owned())
    }

    async fn run(mut self) -> io::Result<()> {
        let (mut from, mut to) = (String::new(), Vec::new());
        loop {
            let line = self.line().await?;
            let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
            match verb.to_uppercase().as_str() {
                "EHLO" => {
                    rest.clone_into(&mut self.hello);
                    self.welcome().await?;
                }
                "STARTTLS" => self = self.protect().await?,
                "AUTH" => self.auth(rest).await?,
                "MAIL" => {
                    from = between(rest);
                    to.clear();
                    self.say("250 ok").await?;
                }
                "RCPT" => {
                    let recipient = between(rest);
                    let answer = self.judge(&recipient);
                    if answer.starts_with('2') {
                        to.push(recipient);
                    }
                    self.say(answer).await?;
                }
                "DATA" if to.is_empty() => self.say("503 no recipients").await?,
                "DATA" => self.data(&from, std::mem::take(&mut to)).await?,
                "RSET" | "NOOP" => self.say("250 ok").await?,
                "QUIT" => return self.say("221 bye").await,
                _ => self.say("502 what?").await?,
            }
        }
    }

    async fn welcome(&mut self) -> io::Result<()> {
        let mut lines = vec!["mx.test".to_owned(), "8BITMIME".to_owned()];
        if self.offer.tls.is_some() && !self.tls {
            lines.push("STARTTLS".to_owned());
        }
        if let Some(mechanism) = self.offer.auth {
            lines.push(format!("AUTH {mechanism}"));
        }
        let last = lines.len() - 1;
        let shown = lines.iter().enumerate().map(|(n, line)| format!("250{}{line}", if n == last { ' ' } else { '-' }));
        let shown: Vec<_> = shown.collect();
        self.say(&shown.join("\r\n")).await
    }

    async fn protect(mut self) -> io::Result<Self> {
        let Some(acceptor) = self.offer.tls.clone().filter(|_| !self.tls) else {
            self.say("502 not here").await?;
            return Ok(self);
        };
        self.say("220 go ahead").await?;
        assert!(self.stream.buffer().is_empty(), "nothing follows STARTTLS in the clear");
        let stream: Box<dyn Stream> = Box::new(acceptor.accept(self.stream.into_inner()).await?);
        Ok(Self { stream: BufReader::new(stream), tls: true, ..self })
    }

    async fn auth(&mut self, rest: &str) -> io::Result<()> {
        let plain = |text: &str| String::from_utf8(STANDARD.decode(text).expect("base64")).expect("text");
        let user = match rest.split_once(' ') {
            Some(("PLAIN", initial)) => plain(initial).trim_start_matches('\0').replace('\0', ":"),
            _ if rest == "LOGIN" => {
                self.say("334 VXNlcm5hbWU6").await?;
                let user = plain(&self.line().await?);
                self.say("334 UGFzc3dvcmQ6").await?;
                format!("{user}:{}", plain(&self.line().await?))
            }
            _ => return self.say("504 unknown mechanism").await,
        };
        if user.ends_with(":wrong") {
            return self.say("535 5.7.8 bad credentials").await;
        }
        self.user = Some(user);
        self.say("235 welcome").await
    }

    fn judge(&self, recipient: &str) -> &'static str {
        let faults = self.faults();
        if faults.unknown.iter().any(|unknown| unknown == recipient) {
            return "550 5.1.1 no such user";
        }
        let mut tries = self.state.tries.lock().unwrap();
        let tries = tries.entry(recipient.to_owned()).or_default();
        *tries += 1;
        if *tries <= faults.greylist { "451 4.7.1 greylisted" } else { "250 ok" }
    }

    async fn data(&mut self, from: &str, to: Vec<String>) -> io::Result<()> {
        self.say("354 go on").await?;
        if self.spend(|faults| &mut faults.cut_in_data) {
            self.line().await?;
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        let mut data = Vec::new();
        loop {
            let begin = data.len();
            if self.stream.read_until(b'\n', &mut data).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            match &data[begin..] {
                b".\r\n" => {
                    data.truncate(begin);
                    break;
                }
                // A dot at the beginning was doubled by the client (RFC 5321, 4.5.2).
                [b'.', ..] => {
                    data.remove(begin);
                }
                _ => {}
            }
        }
        let taken = Taken { hello: self.hello.clone(), from: from.to_owned(), to, user: self.user.clone(), tls: self.tls, data };
        self.state.taken.lock().unwrap().push(taken);
        if self.spend(|faults| &mut faults.cut_after_dot) {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        self.say("250 taken").await
    }

    fn spend(&self, count: impl FnOnce(&mut Faults) -> &mut u32) -> bool {
        let mut faults = self.state.faults.lock().unwrap();
        let left = count(&mut faults);
        let spent = *left > 0;
        *left = left.saturating_sub(1);
        spent
    }
}

fn between(text: &str) -> String {
    let address = text.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    address.map(|(address, _)| address.to_owned()).unwrap_or_default()
}
