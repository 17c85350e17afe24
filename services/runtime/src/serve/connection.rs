//! Connections that can be cut, and that are given up when they never begin to speak: tonic waits for ever for both.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Sleep, sleep};
use tokio_rustls::server::TlsStream;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tokio_util::task::AbortOnDropHandle;
use tonic::transport::server::{Connected, TcpIncoming};

use super::pace::Pace;
use crate::peer::Peer;
use crate::tls::Handshakes;

/// A pause after a failed accept: when descriptors run out the next one fails at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Bytes with which HTTP/2 begins. Pings, which find dead peers, begin after them.
const PREFACE: usize = 24;

/// Accepts connections, one for each free slot, that fail as soon as `cut` fires or when they do not begin to speak within `patience`, and makes
/// them secure where there are certificates.
pub(super) fn accept(
    listener: TcpListener,
    slots: Arc<Semaphore>,
    handshakes: Option<Handshakes>,
    cut: CancellationToken,
    patience: Duration,
) -> BoxStream<'static, io::Result<Connection>> {
    let accepted = TcpIncoming::from(listener).with_nodelay(Some(true)).then(async |accepted| {
        if let Err(error) = &accepted {
            tracing::warn!(error = error as &dyn std::error::Error, "connection not accepted");
            tokio::time::sleep(ACCEPT_PAUSE).await;
        }
        accepted
    });
    // One for which there is no slot waits unread, and the others in the system's queue behind it.
    let accepted = accepted.then(move |stream| {
        let slots = Arc::clone(&slots);
        async move { (slots.acquire_owned().await, stream) }
    });
    // Nobody closes the slots.
    let accepted = accepted.filter_map(async |(slot, stream)| Some((slot.ok()?, stream)));
    let Some(handshakes) = handshakes else {
        let plain = move |(slot, stream): (_, io::Result<_>)| {
            Ok(Connection::new(Wire::Plain(stream?), Arc::default(), slot, &cut, patience))
        };
        return accepted.map(plain).boxed();
    };
    let most = handshakes.most;
    let shaken = accepted.map(move |(slot, stream)| {
        let (handshakes, cut) = (handshakes.clone(), cut.clone());
        // In a task of its own: a handshake is work for a processor, and others must not wait for it.
        let shaking = async move {
            let (stream, names) = handshakes.shake(stream.ok()?).await?;
            Some(Connection::new(Wire::Tls(Box::new(stream)), names, slot, &cut, patience))
        };
        AbortOnDropHandle::new(tokio::spawn(shaking))
    });
    shaken.buffer_unordered(most).filter_map(async |shaken| shaken.ok().flatten().map(Ok)).boxed()
}

pub(super) struct Connection {
    wire: Wire,
    peer: Peer,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    silence: Option<Silence>,
    pace: Option<Pace>,
    /// Free again when the connection is gone.
    _slot: OwnedSemaphorePermit,
}

/// A connection that has not begun to speak.
struct Silence {
    over: Pin<Box<Sleep>>,
    /// Bytes of the beginning that are still to come.
    awaited: usize,
}

enum Wire {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Wire {
    fn stream(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => stream.get_ref().0,
        }
    }
}

impl Connection {
    fn new(
        wire: Wire,
        names: Arc<[String]>,
        slot: OwnedSemaphorePermit,
        cut: &CancellationToken,
        patience: Duration,
    ) -> Self {
        let peer = Peer { address: wire.stream().peer_addr().ok(), names };
        let silence = Silence { over: Box::pin(sleep(patience)), awaited: PREFACE };
        Self {
            wire,
            peer,
            cut: Box::pin(cut.clone().cancelled_owned()),
            silence: Some(silence),
            pace: None,
            _slot: slot,
        }
    }

    /// Ends it when its other end reads too slowly, or not at all for as long as `patience`.
    pub(super) fn paced(self, patience: Duration) -> Self {
        Self { pace: Some(Pace::new(patience)), ..self }
    }

    /// The other end.
    pub(super) const fn peer(&self) -> &Peer {
        &self.peer
    }

    /// Holds who reads to his pace.
    fn watch_writing(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let Some(pace) = &mut self.pace else { return written };
        match &written {
            Poll::Pending => return pace.waiting(context).map(Err),
            Poll::Ready(Ok(bytes)) => pace.sent(*bytes),
            Poll::Ready(Err(_)) => {}
        }
        written
    }

    /// The same, when all that was written is to be sent.
    fn watch_end(&mut self, context: &mut Context<'_>, sent: Poll<io::Result<()>>) -> Poll<io::Result<()>> {
        let Some(pace) = &mut self.pace else { return sent };
        if sent.is_pending() {
            return pace.waiting(context).map(Err);
        }
        pace.rest();
        sent
    }

    fn poll_uncut<R>(
        &mut self,
        context: &mut Context<'_>,
        step: impl FnOnce(Pin<&mut (dyn Stream + 'static)>, &mut Context<'_>) -> Poll<io::Result<R>>,
    ) -> Poll<io::Result<R>> {
        if self.cut.poll_unpin(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        match &mut self.wire {
            Wire::Plain(stream) => step(Pin::new(stream) as Pin<&mut (dyn Stream + 'static)>, context),
            Wire::Tls(stream) => step(Pin::new(&mut **stream) as Pin<&mut (dyn Stream + 'static)>, context),
        }
    }
}

/// What both kinds of connections are.
trait Stream: AsyncRead + AsyncWrite {}

impl<T: AsyncRead + AsyncWrite> Stream for T {}

impl Connected for Connection {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = self.poll_uncut(context, |stream, context| stream.poll_read(context, buffer));
        let Some(silence) = &mut self.silence else { return read };
        silence.awaited = silence.awaited.saturating_sub(buffer.filled().len() - before);
        if silence.awaited == 0 {
            self.silence = None;
        } else if read.is_pending() && silence.over.poll_unpin(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = self.poll_uncut(context, |stream, context| stream.poll_write(context, bytes));
        self.watch_writing(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = self.poll_uncut(context, |stream, context| stream.poll_write_vectored(context, slices));
        self.watch_writing(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.wire {
            Wire::Plain(stream) => stream.is_write_vectored(),
            Wire::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = self.poll_uncut(context, AsyncWrite::poll_flush);
        self.watch_end(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = self.poll_uncut(context, AsyncWrite::poll_shutdown);
        self.watch_end(context, shut)
    }
}
