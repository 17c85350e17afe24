use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use http_body::Frame;

/// The answer to one poll of a body.
pub(crate) type Polled = Poll<Option<Result<Frame<Bytes>, axum::Error>>>;

/// A body that is polled through `step`; it ends with the first trailers.
pub(crate) struct Tap<F> {
    inner: Body,
    step: F,
    ended: bool,
}

/// Puts `step` around every poll of `body`. What `step` holds is dropped with the body: when it ended or nobody reads it.
pub(crate) fn tap<F>(body: Body, step: F) -> Body
where
    F: FnMut(&mut Body, &mut Context<'_>) -> Polled + Unpin + Send + 'static,
{
    Body::new(Tap { inner: body, step, ended: false })
}

pub(crate) fn poll(body: &mut Body, context: &mut Context<'_>) -> Polled {
    Pin::new(body).poll_frame(context)
}

impl<F> HttpBody for Tap<F>
where
    F: FnMut(&mut Body, &mut Context<'_>) -> Polled + Unpin,
{
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Polled {
        let this = self.get_mut();
        if this.ended {
            return Poll::Ready(None);
        }
        let polled = (this.step)(&mut this.inner, context);
        this.ended = match &polled {
            Poll::Ready(Some(Ok(frame))) => frame.is_trailers(),
            Poll::Ready(_) => true,
            Poll::Pending => false,
        };
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.ended || self.inner.is_end_stream()
    }
}
