//! A request over HTTP/1.1 as it is written on the wire.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
};

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body, with a length that the headers tell.
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// Gets a path.
pub async fn get(address: SocketAddr, path: &str) -> Answer {
    ask(address, "GET", path, &address.to_string()).await
}

/// Gets a path with further headers.
pub async fn get_with(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Answer {
    ask_with(address, "GET", path, &address.to_string(), headers).await
}

/// Asks for a path by a method, with a host.
pub async fn ask(address: SocketAddr, method: &str, path: &str, host: &str) -> Answer {
    ask_with(address, method, path, host, &[]).await
}

/// Asks for a path by a method, with a host and further headers.
pub async fn ask_with(address: SocketAddr, method: &str, path: &str, host: &str, headers: &[(&str, &str)]) -> Answer {
    let headers = headers.iter().fold(String::new(), |lines, (name, value)| lines + name + ": " + value + "\r\n");
    let request = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\n{headers}connection: close\r\n\r\n");
    let exchange = move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut bytes = vec![];
        stream.read_to_end(&mut bytes).unwrap();
        bytes
    };
    let bytes = tokio::task::spawn_blocking(exchange).await.unwrap();
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let header = |line: &str| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_ascii_lowercase(), value.to_owned())
    };
    Answer { status, headers: lines.map(header).collect(), body: bytes[end + 4..].to_vec() }
}
