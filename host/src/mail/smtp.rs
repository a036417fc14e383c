//! Delivery to the next mail server (RFC 5321): one connection a mail.

use std::{path::Path, time::Duration};

use lettre::{
    Message,
    transport::smtp::{
        Error,
        authentication::Mechanism,
        client::{AsyncSmtpConnection, Certificate, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::{ClientId, Extension, MailBodyParameter, MailParameter},
        response::Code,
    },
};
use tokio::time::timeout;

use super::{
    outlet::{MailError, Undelivered},
    place::{Server, Tls},
};

/// A server with all that a connection needs.
pub(super) struct Relay {
    server: Server,
    tls: Option<TlsParameters>,
    hello: ClientId,
    patience: Duration,
}

impl Relay {
    /// `host` is our name; `patience` is for connecting and for each answer.
    ///
    /// # Errors
    /// If `mail_tls_ca` cannot be read, or the system has no certificates to trust.
    pub(super) fn new(server: Server, host: &str, ca: Option<&Path>, patience: Duration) -> Result<Self, MailError> {
        let tls = if server.tls == Tls::Off { None } else { Some(parameters(&server.host, ca)?) };
        let bare = host.trim_matches(['[', ']']);
        let hello = match (bare.parse(), bare.parse()) {
            (Ok(address), _) => ClientId::Ipv4(address),
            (_, Ok(address)) => ClientId::Ipv6(address),
            _ => ClientId::Domain(host.to_owned()),
        };
        Ok(Self { server, tls, hello, patience })
    }

    /// Hands one message over. The mail is the server's as soon as this returns.
    pub(super) async fn deliver(&self, message: &Message) -> Result<(), Undelivered> {
        let mut connection = self.connect().await?;
        let (envelope, bytes) = (message.envelope(), message.formatted());
        let mut parameters = Vec::new();
        let info = connection.server_info();
        if !bytes.is_ascii() && info.supports_feature(Extension::EightBitMime) {
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        if envelope.to().iter().any(|to| !to.to_string().is_ascii()) {
            if !info.supports_feature(Extension::SmtpUtfEight) {
                return Err(Undelivered::Refused("the server takes no addresses beyond ASCII (SMTPUTF8)".to_owned()));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        let mail = connection.command(Mail::new(envelope.from().cloned(), parameters));
        // A sender that is refused is the operator's to mend: mail_from, or the account at the server.
        self.step("MAIL FROM", mail).await?.map_err(|error| Undelivered::Later(told("the sender (mail_from)", &error)))?;
        for to in envelope.to() {
            let rcpt = connection.command(Rcpt::new(to.clone(), Vec::new()));
            self.step("RCPT TO", rcpt).await?.map_err(|error| judged("the recipient", &error))?;
        }
        self.step("DATA", connection.command(Data)).await?.map_err(|error| judged("the mail", &error))?;
        self.step("the mail", connection.message(&bytes)).await?.map_err(|error| judged("the mail", &error))?;
        let patience = self.patience;
        // A courtesy that nobody waits for.
        tokio::spawn(async move { timeout(patience, connection.quit()).await.is_ok() });
        Ok(())
    }

    /// Connects, protects, signs in, and leaves.
    pub(super) async fn greet(&self) -> Result<(), Undelivered> {
        let mut connection = self.connect().await?;
        self.step("QUIT", connection.quit()).await?.map_err(|error| Undelivered::Later(told("QUIT", &error)))?;
        Ok(())
    }

    /// Connects, protects and signs in. Nothing that goes wrong here is the mail's fault.
    async fn connect(&self) -> Result<AsyncSmtpConnection, Undelivered> {
        let Server { host, port, tls, credentials } = &self.server;
        let implicit = self.tls.clone().filter(|_| *tls == Tls::Implicit);
        let connect = AsyncSmtpConnection::connect_tokio1((host.as_str(), *port), Some(self.patience), &self.hello, implicit, None);
        let connected = self.step("the connection", connect).await?;
        let mut connection = connected.map_err(|error| Undelivered::Later(told(&format!("{host}:{port}"), &error)))?;
        let protect = *tls == Tls::Required || (*tls == Tls::Offered && connection.can_starttls());
        if protect && let Some(parameters) = self.tls.clone() {
            if !connection.can_starttls() {
                return Err(Undelivered::Later(format!("{host}:{port} offers no STARTTLS, and mail_url demands it (tls=required)")));
            }
            let upgraded = self.step("STARTTLS", connection.starttls(parameters, &self.hello)).await?;
            upgraded.map_err(|error| Undelivered::Later(told("STARTTLS", &error)))?;
        }
        if let Some(credentials) = credentials {
            let signed_in = self.step("AUTH", connection.auth(&[Mechanism::Plain, Mechanism::Login], credentials)).await?;
            signed_in.map_err(|error| Undelivered::Later(told("the sign-in with user and password of mail_url", &error)))?;
        }
        Ok(connection)
    }

    async fn step<T>(&self, what: &str, step: impl Future<Output = T>) -> Result<T, Undelivered> {
        let late = |_| Undelivered::Later(format!("{what}: no answer from {} within {:?}", self.server.host, self.patience));
        timeout(self.patience, step).await.map_err(late)
    }
}

fn parameters(host: &str, ca: Option<&Path>) -> Result<TlsParameters, MailError> {
    let mut builder = TlsParameters::builder(host.to_owned());
    if let Some(path) = ca {
        let broken = |problem: String| MailError::Authority { path: path.to_owned(), problem };
        let pem = std::fs::read(path).map_err(|error| broken(error.to_string()))?;
        if !pem.windows(27).any(|part| part == b"-----BEGIN CERTIFICATE-----") {
            return Err(broken("holds no certificate: expected PEM".to_owned()));
        }
        builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(|error| broken(error.to_string()))?);
    }
    builder.build_rustls().map_err(|error| MailError::NoTls(error.to_string()))
}

fn told(what: &str, error: &Error) -> String {
    format!("{what}: {error}")
}

/// A refusal for good (5xx) concerns this mail, unless the server only wants us to sign in first.
fn judged(what: &str, error: &Error) -> Undelivered {
    let ours = |code: Code| matches!(code.to_string().as_str(), "530" | "534" | "535" | "538");
    let refused = error.is_permanent() && !error.status().is_some_and(ours);
    if refused { Undelivered::Refused(told(what, error)) } else { Undelivered::Later(told(what, error)) }
}
