//! Panics become one log line: of the call in which they happen, or of their own.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::pin::pin;
use std::task::Poll;

thread_local! {
    static CATCHING: Cell<bool> = const { Cell::new(false) };
    static CAUGHT: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Replaces the hook of the process: a panic that [`catch`] catches is left to its catcher, any other is logged.
pub(crate) fn install_hook() {
    std::panic::set_hook(Box::new(|panic| {
        let text = describe(panic);
        if CATCHING.get() {
            CAUGHT.set(Some(text));
        } else {
            tracing::error!(panic.message = text, "panicked");
        }
    }));
}

/// Runs `step`; a panic in it is returned as a text for the log.
pub(crate) fn catch<R>(step: impl FnOnce() -> R) -> Result<R, String> {
    let before = CATCHING.replace(true);
    let result = catch_unwind(AssertUnwindSafe(step));
    CATCHING.set(before);
    result.map_err(|payload| CAUGHT.take().unwrap_or_else(|| message(&*payload).to_owned()))
}

/// Runs `task`; a panic in it is returned as a text for the log.
pub(crate) async fn catch_in<R>(task: impl Future<Output = R>) -> Result<R, String> {
    let mut task = pin!(task);
    poll_fn(|context| match catch(|| task.as_mut().poll(context)) {
        Ok(polled) => polled.map(Ok),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}

fn describe(panic: &PanicHookInfo<'_>) -> String {
    let place = panic.location().map(|location| format!(" at {location}")).unwrap_or_default();
    format!("{}{place}", message(panic.payload()))
}

fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
