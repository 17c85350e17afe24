//! Somebody who is told of calls that ended, with what they asked for.

use http_body::Frame;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use axum::body::{Body, Bytes};
use tonic::Code;

use crate::caller::Caller;
use crate::rpc::body::{poll, tap};

/// Bytes of a request that are kept; what names a resource is far shorter.
const REQUEST_BYTES: usize = 16 << 10;
/// Bytes before a message: whether it is compressed, and its length.
const FRAME_HEADER: usize = 5;

/// Somebody who is told of calls that ended.
pub trait Observer: Send + Sync {
    /// Whether calls of this method are of interest, as `package.Service/Method`.
    fn wants(&self, method: &str) -> bool;

    /// Takes a call that ended. It is called on the path of the call: it must not wait.
    fn ended(&self, call: Ended);
}

/// A call that ended.
#[derive(Debug, Clone)]
pub struct Ended {
    /// `package.Service/Method`.
    pub method: String,
    /// Who called.
    pub caller: Caller,
    /// What was asked for.
    pub asked: Asked,
    /// Bytes that were answered, with 5 before each message.
    pub answered_bytes: u64,
    /// How it ended; `Cancelled` when the caller went away.
    pub code: Code,
}

/// What a call asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// The first message of the request, encoded, at most its first 16 KiB.
    Message(Vec<u8>),
    /// Path and query of a page that shows what the call answers.
    Page(String),
}

/// What is gathered of a call until it ends.
pub(crate) struct Watched {
    observer: Arc<dyn Observer>,
    method: String,
    request: Arc<Mutex<Vec<u8>>>,
    answered_bytes: u64,
}

impl Watched {
    /// Watches a call, and gives its request's body, through which it must be read.
    pub(crate) fn begin(observer: &Arc<dyn Observer>, method: &str, body: Body) -> (Self, Body) {
        let request: Arc<Mutex<Vec<u8>>> = Arc::default();
        let kept = Arc::clone(&request);
        let body = tap(body, move |body, context| {
            let polled = poll(body, context);
            if let Poll::Ready(Some(Ok(frame))) = &polled
                && let Some(data) = frame.data_ref()
            {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                let room = REQUEST_BYTES.saturating_sub(kept.len());
                kept.extend_from_slice(&data[..data.len().min(room)]);
            }
            polled
        });
        let (observer, method) = (Arc::clone(observer), method.to_owned());
        (Self { observer, method, request, answered_bytes: 0 }, body)
    }

    pub(crate) fn answered(&mut self, frame: &Frame<Bytes>) {
        let bytes = frame.data_ref().map_or(0, Bytes::len);
        self.answered_bytes += u64::try_from(bytes).unwrap_or_default();
    }

    pub(crate) fn end(self, caller: Caller, code: Code) {
        let kept = std::mem::take(&mut *self.request.lock().unwrap_or_else(PoisonError::into_inner));
        let Self { observer, method, answered_bytes, .. } = self;
        observer.ended(Ended { method, caller, asked: Asked::Message(first_message(&kept)), answered_bytes, code });
    }
}

/// The first message of a body, as far as it was kept; none when it is compressed.
fn first_message(body: &[u8]) -> Vec<u8> {
    let Some((header, rest)) = body.split_at_checked(FRAME_HEADER) else { return vec![] };
    let length = header.iter().skip(1).fold(0_usize, |length, byte| (length << 8) | usize::from(*byte));
    if header.first() == Some(&0) { rest[..rest.len().min(length)].to_vec() } else { vec![] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_message_ends_where_it_says() {
        assert_eq!(first_message(b"\0\0\0\0\x02ab\0\0\0\0\x01c"), b"ab");
        assert_eq!(first_message(b"\0\0\0\0\x09ab"), b"ab");
        assert_eq!(first_message(b"\x01\0\0\0\x02ab"), b"");
        assert_eq!(first_message(b"\0\0"), b"");
    }
}
