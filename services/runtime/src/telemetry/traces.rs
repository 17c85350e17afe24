//! Traces: spans go to a collector by OTLP, and contexts come and go as W3C `traceparent`.
//!
//! The only module that knows OpenTelemetry. Without an endpoint no span leaves the process, and every call still has a trace id.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use opentelemetry::{
    Context, global,
    trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, TracerProvider},
};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    propagation::TraceContextPropagator,
    trace::{Sampler, SdkTracerProvider, SpanData, SpanExporter as ExportSpans},
};
use tracing::{Span, Subscriber, level_filters::LevelFilter};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{Layer, filter::Targets, registry::LookupSpan};

use crate::{caller::Trace, config::TracesConfig};

/// The longest that spans which wait at the end may hold up the end of the process.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(5);
/// What all our crates' names begin with; the spans of others are theirs.
const OURS: &str = "junheng";

static PROVIDER: Mutex<Option<SdkTracerProvider>> = Mutex::new(None);

/// The layer that exports spans; `None` where no endpoint is set.
pub(super) fn layer<S>(config: &TracesConfig) -> Result<Option<impl Layer<S>>, ExporterBuildError>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    global::set_text_map_propagator(TraceContextPropagator::new());
    if config.endpoint.is_empty() {
        return Ok(None);
    }
    let exporter = SpanExporter::builder().with_tonic().with_endpoint(&config.endpoint).build()?;
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(Telling { exporter, told: Mutex::default() })
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(config.sample_ratio))))
        .with_resource(Resource::builder().with_service_name(service_name()).build())
        .build();
    let tracer = provider.tracer(OURS);
    *PROVIDER.lock().unwrap_or_else(PoisonError::into_inner) = Some(provider);
    let ours = Targets::new().with_target(OURS, LevelFilter::INFO);
    Ok(Some(tracing_opentelemetry::layer().with_tracer(tracer).with_filter(ours)))
}

/// How long it is quiet after it was told that spans are lost.
const QUIET: Duration = Duration::from_mins(1);

/// Sends spans on, and tells when they are lost: OpenTelemetry keeps it to itself.
#[derive(Debug)]
struct Telling<E> {
    exporter: E,
    told: Mutex<Option<Instant>>,
}

impl<E: ExportSpans> ExportSpans for Telling<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let count = batch.len();
        let sent = self.exporter.export(batch).await;
        if let Err(error) = &sent {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            if told.is_none_or(|told| told.elapsed() >= QUIET) {
                *told = Some(Instant::now());
                let error = error as &dyn std::error::Error;
                tracing::warn!(
                    error,
                    spans.count = count,
                    "traces cannot be sent, they are lost until the collector answers"
                );
            }
        }
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

/// Sends what waits and stops sending. Call it last.
pub async fn end() {
    let provider = PROVIDER.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(provider) = provider else { return };
    // It waits for its own thread, which waits for the runtime.
    let ended = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(FLUSH_TIMEOUT)).await;
    if let Ok(Err(error)) = ended {
        tracing::warn!(error = &error as &dyn std::error::Error, "traces that waited could not be sent");
    }
}

/// Puts a span into the trace that a call came with, and tells the context that work caused by it belongs to; `None` where spans are
/// not exported.
pub(crate) fn join(span: &Span, trace: &Trace) -> Option<Trace> {
    if let Some(parent) = trace.parent().and_then(|parent| context(trace.id(), parent, trace.flags())) {
        // An error only says that spans are not exported.
        let _unexported = span.set_parent(Context::new().with_remote_span_context(parent));
    }
    let context = span.context();
    let own = context.span().span_context().clone();
    own.is_valid()
        .then(|| Trace::of(&own.trace_id().to_string(), &own.span_id().to_string(), own.trace_flags().to_u8()))
}

/// Links a span to the work that caused it, by the `traceparent` that was kept of it; does nothing with one that is not valid.
pub fn link(span: &Span, traceparent: &str) {
    let cause = Trace::continued(traceparent);
    if let Some(context) = cause.as_ref().and_then(|cause| context(cause.id(), cause.parent()?, cause.flags())) {
        span.add_link(context);
    }
}

fn context(trace_id: &str, span_id: &str, flags: &str) -> Option<SpanContext> {
    let flags = u8::from_str_radix(flags, 16).ok()?;
    Some(SpanContext::new(
        TraceId::from_hex(trace_id).ok()?,
        SpanId::from_hex(span_id).ok()?,
        TraceFlags::new(flags),
        true,
        TraceState::NONE,
    ))
}

/// The program's name: several services, and several programs, report to one collector.
fn service_name() -> String {
    let program = std::env::current_exe().ok();
    let stem = program.as_deref().and_then(|path| path.file_stem()).map(|stem| stem.to_string_lossy().into_owned());
    stem.unwrap_or_else(|| OURS.to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use opentelemetry_sdk::error::OTelSdkError;
    use tracing::{Event, Metadata, span};

    use super::*;

    #[derive(Debug)]
    struct Down;

    impl ExportSpans for Down {
        async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
            Err(OTelSdkError::InternalFailure("nothing listens there".to_owned()))
        }
    }

    /// Counts events.
    #[derive(Default)]
    struct Count(std::sync::Arc<AtomicUsize>);

    impl Subscriber for Count {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
            span::Id::from_u64(1)
        }

        fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

        fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

        fn event(&self, _: &Event<'_>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }

        fn enter(&self, _: &span::Id) {}

        fn exit(&self, _: &span::Id) {}
    }

    #[test]
    fn a_collector_that_is_down_is_told_of_once_in_a_while() {
        let count = Count::default();
        let lines = std::sync::Arc::clone(&count.0);
        let exporter = Telling { exporter: Down, told: Mutex::default() };

        tracing::subscriber::with_default(count, || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            for _ in 0..3 {
                assert!(runtime.block_on(exporter.export(vec![])).is_err());
            }
            assert_eq!(lines.load(Ordering::Relaxed), 1);
            *exporter.told.lock().unwrap() = Instant::now().checked_sub(QUIET);
            assert!(runtime.block_on(exporter.export(vec![])).is_err());
        });

        assert_eq!(lines.load(Ordering::Relaxed), 2);
    }
}
