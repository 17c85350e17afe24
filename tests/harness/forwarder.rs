//! A TCP forwarder before a PostgreSQL of the tests: where clients connect to, as to a virtual address that moves on a failover.
//!
//! Standard library only, so that any crate's tests can include the file by `#[path]`.

use std::{
    io,
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    os::unix::net::UnixStream,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

/// Forwards connections to a Unix socket that can be exchanged; it goes with the test process.
#[derive(Debug)]
pub struct Forwarder {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug)]
struct Shared {
    target: Option<PathBuf>,
    /// Both ends of each connection that was made.
    open: Vec<(TcpStream, UnixStream)>,
}

impl Forwarder {
    /// Listens on a free port of the loopback and forwards to the socket.
    ///
    /// # Errors
    ///
    /// [`io::Error`] when there is no port.
    pub fn start(target: PathBuf) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Mutex::new(Shared { target: Some(target), open: vec![] }));
        let forwarder = Self { address, shared: Arc::clone(&shared) };
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A client whose server is away sees its connection closed.
                let _connected = connect(&shared, client);
            }
        });
        Ok(forwarder)
    }

    /// Where clients connect to.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Leads new connections to another socket, `None`: nowhere; those that are open stay where they are.
    pub fn lead_to(&self, target: Option<PathBuf>) {
        lock(&self.shared).target = target;
    }

    /// Cuts all connections that are open.
    pub fn cut(&self) {
        for (client, server) in lock(&self.shared).open.drain(..) {
            // It may be closed already.
            let _closed = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
        }
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn connect(shared: &Mutex<Shared>, client: TcpStream) -> io::Result<()> {
    let target = lock(shared).target.clone().ok_or(io::ErrorKind::ConnectionRefused)?;
    let server = UnixStream::connect(target)?;
    client.set_nodelay(true)?;
    let (mut from_client, mut to_client) = (client.try_clone()?, client.try_clone()?);
    let (mut from_server, mut to_server) = (server.try_clone()?, server.try_clone()?);
    thread::spawn(move || {
        let _copied = io::copy(&mut from_client, &mut to_server);
        let _closed = to_server.shutdown(Shutdown::Write);
    });
    thread::spawn(move || {
        let _copied = io::copy(&mut from_server, &mut to_client);
        let _closed = to_client.shutdown(Shutdown::Write);
    });
    lock(shared).open.push((client, server));
    Ok(())
}
