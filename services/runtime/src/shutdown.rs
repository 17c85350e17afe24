//! When to stop.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Returns a token that fires on the first SIGTERM or SIGINT; a second signal ends the process at once.
///
/// # Errors
///
/// [`std::io::Error`] when the signals cannot be listened to.
///
/// # Panics
///
/// Outside a tokio runtime.
pub fn on_signal() -> std::io::Result<CancellationToken> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let token = CancellationToken::new();
    let fired = token.clone();
    tokio::spawn(async move {
        for count in 1_u8.. {
            let name = tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
            };
            if count > 1 {
                tracing::warn!(signal.name = name, "second signal, ending at once");
                std::process::exit(1);
            }
            tracing::info!(signal.name = name, "stopping");
            fired.cancel();
        }
    });
    Ok(token)
}
