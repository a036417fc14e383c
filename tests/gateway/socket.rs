//! Websockets through the proxy.

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, accept_hdr_async, connect_async,
    tungstenite::{
        Error, Message,
        client::IntoClientRequest as _,
        handshake::server::{Request, Response},
    },
};

use super::proxy;
use crate::{
    app::{App, Plan},
    patience::PATIENCE,
};

/// Says who it thinks it talks to, then repeats what it hears.
async fn echo() -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut said = String::new();
                #[expect(clippy::result_large_err, reason = "the library's type")]
                let hear = |request: &Request, mut response: Response| {
                    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("-").to_owned();
                    said = format!("{} {} {} {}", request.uri(), header("x-auth-email"), header("cookie"), header("authorization"));
                    response.headers_mut().insert("sec-websocket-protocol", "chat".parse().unwrap());
                    Ok(response)
                };
                let Ok(mut socket) = accept_hdr_async(stream, hear).await else { return };
                socket.send(Message::text(said)).await.unwrap();
                while let Some(Ok(message)) = socket.next().await {
                    if message.is_close() || socket.send(message).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    (url, task)
}

async fn app() -> (App, JoinHandle<()>) {
    let (url, task) = echo().await;
    let routes = format!("[[routes]]\nprefix = \"/chat\"\nupstream = {url:?}\n");
    (proxy::routed(Plan::new().simple(), &routes).start(), task)
}

async fn talk(app: &App, headers: &[(&'static str, &str)]) -> Result<Vec<String>, Error> {
    let mut request = app.url("/chat/room?x=1").replace("http://", "ws://").into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "chat".parse().unwrap());
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    let (mut socket, answer) = connect_async(request).await?;
    assert_eq!(answer.status(), 101);
    let mut heard = vec![socket.next().await.unwrap()?.into_text()?.to_string()];
    for word in ["one", &"long ".repeat(20_000)] {
        socket.send(Message::text(word)).await?;
        assert_eq!(socket.next().await.unwrap()?.into_text()?.as_str(), word);
    }
    socket.send(Message::binary(vec![0, 255])).await?;
    assert_eq!(socket.next().await.unwrap()?, Message::binary(vec![0, 255]));
    socket.close(None).await?;
    heard.push("closed".to_owned());
    Ok(heard)
}

#[track_caller]
fn refused(result: Result<Vec<String>, Error>) -> u16 {
    match result {
        Err(Error::Http(response)) => response.status().as_u16(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn f_proxy_websockets_talk_both_ways() {
    let (app, _task) = app().await;
    let ann = app.user("ann@example.org").await;
    let heard = talk(&app, &[("authorization", &format!("Bearer {}", ann.access))]).await.unwrap();
    assert_eq!(heard, ["/chat/room?x=1 ann@example.org - -", "closed"]);
    assert_eq!(refused(talk(&app, &[]).await), 401);
}

/// A socket that has said whom it belongs to.
async fn opened(app: &App, access: &str) -> WebSocketStream<MaybeTlsStream<TcpStream>> {
    let mut request = app.url("/chat/room").replace("http://", "ws://").into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "chat".parse().unwrap());
    request.headers_mut().insert("authorization", format!("Bearer {access}").parse().unwrap());
    let (mut socket, _) = connect_async(request).await.unwrap();
    socket.next().await.unwrap().unwrap();
    socket
}

#[tokio::test]
async fn f_proxy_a_socket_ends_with_its_session_and_no_other() {
    let (app, _task) = app().await;
    let (ann, bob) = (app.user("ann@example.org").await, app.user("bob@example.org").await);
    let (mut of_ann, mut of_bob) = (opened(&app, &ann.access).await, opened(&app, &bob.access).await);
    ann.post("/auth/logout").await.expect(204);
    let ended = tokio::time::timeout(PATIENCE, of_ann.next()).await.expect("the end of the socket");
    assert!(!matches!(ended, Some(Ok(Message::Text(_) | Message::Binary(_)))), "{ended:?}");
    of_bob.send(Message::text("still here")).await.unwrap();
    assert_eq!(of_bob.next().await.unwrap().unwrap().into_text().unwrap().as_str(), "still here");
}

#[tokio::test]
async fn rule19_a_socket_by_cookie_needs_our_own_page() {
    let (app, _task) = app().await;
    app.user("ann@example.org").await;
    let mut browser = app.browser();
    browser.sign_in("ann@example.org").await;
    let cookie = browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
    assert_eq!(talk(&app, &[("cookie", &cookie), ("origin", &app.base)]).await.unwrap()[0], "/chat/room?x=1 ann@example.org - -");
    assert_eq!(refused(talk(&app, &[("cookie", &cookie), ("origin", "https://evil.example")]).await), 403);
    assert_eq!(refused(talk(&app, &[("cookie", &cookie), ("sec-fetch-site", "same-site")]).await), 403);
}
