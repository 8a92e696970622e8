//! The same over sockets: addresses, hostile bytes, and how serving ends.

use crate::house::{BASE, House, JOHNS, PASSWORD, basic};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<std::io::Result<()>>,
}

async fn serve(house: &House) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let shutdown = async move { stopped.await.unwrap_or_default() };
    let serving = tokio::spawn(api::serve(listener, house.router.clone(), shutdown));
    Server {
        address,
        stop,
        serving,
    }
}

async fn exchange(mut stream: TcpStream, bytes: &[u8]) -> String {
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

fn get(path: &str, username: &str, password: &str, connection: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {}\r\nConnection: {connection}\r\n\r\n",
        basic(username, password)
    )
    .into_bytes()
}

#[tokio::test]
async fn one_connection_carries_many_requests() {
    let house = House::new().await;
    let server = serve(&house).await;
    let path = format!("{BASE}/{JOHNS}/Media");
    let mut bytes = get(&path, "john_doe", PASSWORD, "keep-alive");
    bytes.extend(get(&path, "john_doe", PASSWORD, "close"));
    let stream = TcpStream::connect(server.address).await.unwrap();
    let text = exchange(stream, &bytes).await;
    assert_eq!(text.matches("HTTP/1.1 200 OK\r\n").count(), 2);
    assert_eq!(text.matches("content-length: 2000\r\n").count(), 2);
    assert_eq!(house.argon2_runs(), 1);
}

/// Such answers have no body, whatever length they name; or the next one would be misread.
#[tokio::test]
async fn answers_without_a_body_leave_the_connection_in_step() {
    let house = House::new().await;
    let server = serve(&house).await;
    let path = format!("{BASE}/{JOHNS}/Media");
    let get = String::from_utf8(get(&path, "john_doe", PASSWORD, "keep-alive")).unwrap();
    let known = get.replace("Connection", "If-None-Match: *\r\nConnection");
    let head = get.replacen("GET", "HEAD", 1);
    let last = get.replace("keep-alive", "close");
    let stream = TcpStream::connect(server.address).await.unwrap();
    let text = exchange(stream, format!("{known}{head}{known}{last}").as_bytes()).await;
    let statuses: Vec<&str> = text
        .split("HTTP/1.1 ")
        .skip(1)
        .map(|rest| &rest[..3])
        .collect();
    assert_eq!(statuses, ["304", "200", "304", "200"]);
    assert_eq!(text.matches("content-length: 2000\r\n").count(), 2);
}

#[tokio::test]
async fn the_address_is_the_connections() {
    let house = House::of_people().await;
    let server = serve(&house).await;
    let from = async |address: &str, password: &str| {
        let socket = TcpSocket::new_v4().unwrap();
        socket
            .bind(SocketAddr::new(address.parse().unwrap(), 0))
            .unwrap();
        let stream = socket.connect(server.address).await.unwrap();
        let text = exchange(stream, &get(BASE, "john_doe", password, "close")).await;
        text[9..12].to_owned()
    };
    for guess in 0..10 {
        assert_eq!(from("127.0.0.2", &format!("{guess}")).await, "401");
    }
    assert_eq!(from("127.0.0.2", PASSWORD).await, "429");
    assert_eq!(from("127.0.0.3", PASSWORD).await, "200");
}

#[tokio::test]
async fn hostile_bytes_end_their_connection_only() {
    let house = House::new().await;
    let server = serve(&house).await;
    let long_header = format!(
        "GET / HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n",
        "x".repeat(1 << 20)
    );
    let many_headers = format!("GET / HTTP/1.1\r\n{}\r\n", "X: x\r\n".repeat(1000));
    let long_path = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(70_000));
    for bytes in [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" as &[u8],
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nA\x00B: x\r\n\r\n",
        long_header.as_bytes(),
        many_headers.as_bytes(),
        long_path.as_bytes(),
    ] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        // The server may close before it has taken everything.
        let _ = stream.write_all(bytes).await;
        let _ = stream.shutdown().await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let status = String::from_utf8_lossy(answer.get(9..12).unwrap_or_default()).into_owned();
        assert!(
            ["", "400", "414", "431", "505"].contains(&status.as_str()),
            "{status}"
        );
    }
    let stream = TcpStream::connect(server.address).await.unwrap();
    let text = exchange(
        stream,
        &get(&format!("{BASE}/{JOHNS}"), "chief", PASSWORD, "close"),
    )
    .await;
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
}

#[tokio::test]
async fn a_shutdown_ends_idle_connections_and_serving() {
    let house = House::of_people().await;
    let server = serve(&house).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    let mut start = [0; 15];
    stream.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 200 OK");
    server.stop.send(()).unwrap();
    server.serving.await.unwrap().unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
}
