//! How a log line is written: for a terminal and for a collector alike an error is one field with all its causes.

use std::error::Error;
use std::fmt::{self, Debug};

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::field::{RecordFields, VisitOutput};
use tracing_subscriber::fmt::format::{DefaultVisitor, Writer};
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use super::chain;

/// What the facade of other libraries' logs puts before the fields that describe a line.
const OF_FACADE: &str = "log.";

/// The fields of a line for people.
#[derive(Debug)]
pub(super) struct HumanFields;

/// A line that is one JSON object: its time, level and target, its fields, and the span in which it was written.
#[derive(Debug)]
pub(super) struct JsonLine;

struct Chained<'writer>(DefaultVisitor<'writer>);

struct Gathered(Map<String, Value>);

impl<'writer> FormatFields<'writer> for HumanFields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut visitor = Chained(DefaultVisitor::new(writer, true));
        fields.record(&mut visitor);
        visitor.0.finish()
    }
}

impl Visit for Chained<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.record_debug(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.record_str(field, value);
    }

    fn record_error(&mut self, field: &Field, error: &(dyn Error + 'static)) {
        self.0.record_debug(field, &format_args!("{}", chain(error)));
    }
}

impl<S, N> FormatEvent<S, N> for JsonLine
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut timestamp = String::new();
        SystemTime.format_time(&mut Writer::new(&mut timestamp))?;
        let metadata = event.metadata();
        let mut line = Gathered(Map::new());
        line.0.insert("target".to_owned(), metadata.target().into());
        event.record(&mut line);
        if let Some(span) = context.parent_span() {
            let extensions = span.extensions();
            let written = extensions.get::<FormattedFields<N>>();
            let mut fields: Map<String, Value> =
                written.and_then(|fields| serde_json::from_str(fields).ok()).unwrap_or_default();
            fields.insert("name".to_owned(), span.name().into());
            line.0.insert("span".to_owned(), fields.into());
        }
        // The two by which lines are found stand first.
        let fields = Value::Object(line.0).to_string();
        let fields = fields.strip_prefix('{').unwrap_or(&fields);
        writeln!(writer, "{{\"timestamp\":\"{timestamp}\",\"level\":\"{}\",{fields}", metadata.level())
    }
}

impl Gathered {
    fn keep(&mut self, field: &Field, value: impl Into<Value>) {
        match field.name().strip_prefix(OF_FACADE) {
            None => self.0.insert(field.name().to_owned(), value.into()),
            Some("target") => self.0.insert("target".to_owned(), value.into()),
            Some(_) => None,
        };
    }
}

impl Visit for Gathered {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.keep(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.keep(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.keep(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.keep(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.keep(field, value);
    }

    fn record_error(&mut self, field: &Field, error: &(dyn Error + 'static)) {
        self.keep(field, chain(error));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.keep(field, format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::fmt::format::JsonFields;

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Log {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    #[derive(Debug, thiserror::Error)]
    #[error("the database is unavailable")]
    struct Unavailable(#[source] io::Error);

    fn tell() {
        let span = tracing::info_span!("rpc", trace.id = "abc");
        let error = Unavailable(io::Error::other("password authentication failed"));
        span.in_scope(|| tracing::warn!(error = &error as &dyn Error, wait.left_ms = 7, "waiting"));
    }

    #[test]
    fn both_formats_say_the_whole_chain_in_one_field() {
        let whole = "the database is unavailable: password authentication failed";
        let (json, human) = (Log::default(), Log::default());
        let writer = json.clone();
        let lines = tracing_subscriber::fmt().with_writer(move || writer.clone());
        let lines = lines.fmt_fields(JsonFields::new()).event_format(JsonLine).finish();
        tracing::subscriber::with_default(lines, tell);
        let writer = human.clone();
        let lines = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone());
        tracing::subscriber::with_default(lines.fmt_fields(HumanFields).finish(), tell);

        let line: Value = serde_json::from_str(&json.text()).unwrap();
        assert_eq!((&line["error"], &line["wait.left_ms"]), (&whole.into(), &7.into()));
        assert_eq!((&line["level"], &line["message"]), (&"WARN".into(), &"waiting".into()));
        assert_eq!((&line["span"]["name"], &line["span"]["trace.id"]), (&"rpc".into(), &"abc".into()));
        assert!(line["target"].as_str().unwrap().starts_with("junheng_runtime") && line["timestamp"].is_string());
        assert!(human.text().contains(&format!("waiting error={whole} wait.left_ms=7")), "{}", human.text());
    }
}
