//! The body of a request, each message of which is held against the scope of its caller before the handler gets any of it.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use http_body::Frame;

use super::guard::refused;
use super::status::Refusal;
use crate::access::{Demand, Refused, wire};
use crate::scope::Scope;

/// Length of what stands before each message: whether it is compressed, and how long it is.
const PREFIX: usize = 5;

/// Why a message was refused, for the end of the answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Slot(Arc<Mutex<Option<Refusal>>>);

impl Slot {
    pub(super) fn take(&self) -> Option<Refusal> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn put(&self, refusal: Refusal) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(refusal);
    }
}

/// Lets messages through whose regions lie in `scope`. The first other one breaks the body off and leaves its reason in `slot`.
pub(super) fn inspect(body: Body, demand: Arc<Demand>, scope: Arc<Scope>, most: usize, slot: Slot) -> Body {
    let (held, cleared) = (VecDeque::new(), VecDeque::new());
    Body::new(Inspected {
        inner: body,
        demand,
        scope,
        most,
        slot,
        held,
        bytes: 0,
        cleared,
        refusal: None,
        first: true,
        ended: false,
    })
}

struct Inspected {
    inner: Body,
    demand: Arc<Demand>,
    scope: Arc<Scope>,
    most: usize,
    slot: Slot,
    /// What came and was not looked at yet: part of a message.
    held: VecDeque<Bytes>,
    bytes: usize,
    /// What may go on.
    cleared: VecDeque<Bytes>,
    /// Why the body is broken off after that.
    refusal: Option<Refusal>,
    first: bool,
    ended: bool,
}

impl Inspected {
    /// Clears every message that is there as a whole.
    fn clear(&mut self) -> Result<(), Refusal> {
        while let Some(prefix) = self.prefix() {
            let [compressed, length @ ..] = prefix;
            let length = usize::try_from(u32::from_be_bytes(length)).map_err(|_| Refusal::MessageTooLarge)?;
            if length > self.most {
                return Err(Refusal::MessageTooLarge);
            }
            if compressed != 0 {
                return Err(Refusal::Malformed { cause: "compressed messages are not taken".to_owned() });
            }
            if self.bytes < PREFIX + length {
                break;
            }
            self.hold(length)?;
            self.first = false;
            self.release(PREFIX + length);
        }
        Ok(())
    }

    fn prefix(&self) -> Option<[u8; PREFIX]> {
        let mut bytes = self.held.iter().flat_map(|chunk| chunk.iter().copied());
        let mut prefix = [0; PREFIX];
        for place in &mut prefix {
            *place = bytes.next()?;
        }
        Some(prefix)
    }

    fn hold(&self, length: usize) -> Result<(), Refusal> {
        let mut found = Vec::new();
        let mut report = |path, value| found.push((path, value));
        let read = wire::find(&self.held, PREFIX, length, &self.demand.node, &mut report);
        let malformed =
            || Refusal::Malformed { cause: "the message is no protobuf, or can be read in several ways".to_owned() };
        read.map_err(|_| malformed())?;
        let texts = found.into_iter().map(|(path, value)| Some((path, String::from_utf8(value).ok()?)));
        let texts: Vec<(usize, String)> = texts.collect::<Option<_>>().ok_or_else(malformed)?;
        self.demand.hold(&texts, &self.scope, self.first).map_err(|why| match why {
            Refused::Missing(resource) => {
                refused("region");
                tracing::info!(region.name = resource, "region is not the caller's");
                Refusal::Missing { resource }
            }
            Refused::Field { field, fault } => Refusal::WrongField { field, fault },
        })
    }

    /// Moves bytes from what is held to what may go on.
    fn release(&mut self, mut bytes: usize) {
        self.bytes -= bytes;
        while let Some(mut chunk) = self.held.pop_front() {
            if chunk.len() > bytes {
                self.cleared.push_back(chunk.split_to(bytes));
                self.held.push_front(chunk);
                return;
            }
            bytes -= chunk.len();
            self.cleared.push_back(chunk);
        }
    }

    fn break_off(&mut self, refusal: Refusal) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.slot.put(refusal);
        self.ended = true;
        self.inner = Body::empty();
        Poll::Ready(Some(Err(axum::Error::new(io::Error::from(io::ErrorKind::PermissionDenied)))))
    }
}

impl HttpBody for Inspected {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        loop {
            if let Some(chunk) = this.cleared.pop_front() {
                return Poll::Ready(Some(Ok(Frame::data(chunk))));
            }
            if let Some(refusal) = this.refusal.take() {
                return this.break_off(refusal);
            }
            if this.ended {
                return Poll::Ready(None);
            }
            match ready!(Pin::new(&mut this.inner).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) if data.is_empty() => {}
                    Ok(data) => {
                        this.bytes += data.len();
                        this.held.push_back(data);
                        // What was cleared before goes first.
                        this.refusal = this.clear().err();
                    }
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    // The rest is less than a message, which no decoder takes for one.
                    this.ended = true;
                    this.cleared.append(&mut this.held);
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.ended && self.cleared.is_empty()
    }
}
