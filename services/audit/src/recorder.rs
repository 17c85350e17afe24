//! Records what was read and what was refused, soon after.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use junheng_domain::code::{Month, RegionCode};
use junheng_runtime::{Asked, Clock, Ended, Observer, telemetry::names};
use junheng_store::{
    Store, StoreError,
    audit::{self, Entry},
};
use junheng_wire::name;
use tokio_util::sync::CancellationToken;

use crate::{
    methods::{Recorded, recorded},
    who,
};

/// Records that wait at most while the database is away.
const HELD_AT_MOST: usize = 20_000;
/// Records that one transaction writes at most: those of a region that come meanwhile wait for it.
const TOGETHER: usize = 500;
/// Bytes of a resource's name that are kept: a caller can send anything.
const RESOURCE_BYTES: usize = 256;

/// Records what was read and what was refused.
#[derive(Debug)]
pub struct Recorder {
    store: Store,
    clock: Clock,
    held: Mutex<Vec<Entry>>,
}

impl Recorder {
    /// A recorder that writes when it is told to: by [`Recorder::work`], and at the end by [`Recorder::flush`].
    #[must_use]
    pub fn new(store: Store, clock: Clock) -> Arc<Self> {
        Arc::new(Self { store, clock, held: Mutex::default() })
    }

    /// Writes what waits every so often until `stop` fires. Calls that end later are written by [`Recorder::flush`].
    pub async fn work(self: Arc<Self>, interval: Duration, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(interval)).await.is_some() {
            self.flush().await;
        }
    }

    /// Writes what waits; what cannot be written waits on.
    pub async fn flush(&self) {
        let mut scopes: BTreeMap<Option<RegionCode>, Vec<Entry>> = BTreeMap::new();
        for entry in std::mem::take(&mut *self.lock()) {
            scopes.entry(entry.scope.clone()).or_default().push(entry);
        }
        while let Some((scope, mut entries)) = scopes.pop_first() {
            let rest = entries.split_off(entries.len().min(TOGETHER));
            if let Err(error) = self.write(&entries).await {
                let error: &dyn std::error::Error = &error;
                let waiting = entries.into_iter().chain(rest).chain(scopes.into_values().flatten());
                let waiting: Vec<Entry> = waiting.collect();
                tracing::warn!(error, records.count = waiting.len(), "reads are not recorded yet");
                self.hold(waiting);
                return;
            }
            if !rest.is_empty() {
                scopes.insert(scope, rest);
            }
        }
    }

    async fn write(&self, entries: &[Entry]) -> Result<(), StoreError> {
        let transaction = self.store.begin_write().await?;
        for entry in entries {
            audit::append_read(&transaction, entry).await?;
        }
        transaction.commit().await
    }

    fn hold(&self, entries: impl IntoIterator<Item = Entry>) {
        let mut held = self.lock();
        for entry in entries {
            if held.len() < HELD_AT_MOST {
                held.push(entry);
            } else {
                metrics::counter!(names::AUDIT_READS_LOST).increment(1);
                tracing::error!(
                    caller.subject = entry.who.subject,
                    rpc.method = entry.action,
                    "a read is not recorded"
                );
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Entry>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Recorder {
    fn wants(&self, method: &str) -> bool {
        recorded(method) != Recorded::Nothing
    }

    fn ended(&self, call: Ended) {
        use tonic::Code::{NotFound, Ok, PermissionDenied};
        let refused = matches!(call.code, PermissionDenied | NotFound);
        let read = recorded(&call.method) == Recorded::Read && (call.code == Ok || call.answered_bytes > 0);
        if !refused && !read {
            return;
        }
        let (resource, month, page) = match &call.asked {
            Asked::Message(request) => {
                let (resource, month) = asked(request);
                (resource, month, "")
            }
            Asked::Page(address) => {
                let (resource, month) = looked_at(address);
                (resource, month, "page, ")
            }
        };
        // Anybody can ask for regions that do not exist: only one that answered has a stream.
        let scope = if refused { None } else { region(&resource) };
        let month = month.map(|month| format!("month {month}, ")).unwrap_or_default();
        self.hold([Entry {
            scope,
            at: self.clock.now(),
            who: who(&call.caller),
            action: call.method,
            resource,
            outcome: format!("{:?}", call.code),
            request_id: String::new(),
            detail: format!("{month}{page}{} bytes", call.answered_bytes),
        }]);
    }
}

/// What a request asks for: by convention its first field is the name of the resource, and often its second the month.
fn asked(request: &[u8]) -> (String, Option<Month>) {
    let mut rest = request;
    let resource = text(1, &mut rest).unwrap_or_default();
    let month = text(2, &mut rest).and_then(|month| month.parse().ok());
    (cut(resource), month)
}

/// What a page shows: its address is the name of the resource, and a parameter the month.
fn looked_at(address: &str) -> (String, Option<Month>) {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let month = query.split('&').find_map(|parameter| parameter.strip_prefix("month=")?.parse().ok());
    (cut(path.trim_start_matches('/')), month)
}

/// A name as it is kept: cut, and without a NUL, which no database stores in a text.
fn cut(resource: &str) -> String {
    let end = (0..=RESOURCE_BYTES.min(resource.len())).rev().find(|end| resource.is_char_boundary(*end));
    resource[..end.unwrap_or_default()].replace('\0', "\u{fffd}")
}

/// The text of a field that the message begins with; what follows it is left. Field numbers below 16 and texts are all that is read.
fn text<'a>(field: u8, message: &mut &'a [u8]) -> Option<&'a str> {
    let mut rest = message.strip_prefix(&[field << 3 | 2])?;
    let length = usize::try_from(prost::encoding::decode_varint(&mut rest).ok()?).ok()?;
    let (text, rest) = rest.split_at_checked(length)?;
    *message = rest;
    std::str::from_utf8(text).ok()
}

/// The region in a resource's name: `regions/210922/evaluations/…`.
fn region(resource: &str) -> Option<RegionCode> {
    let name = resource.splitn(3, '/').take(2).collect::<Vec<_>>().join("/");
    name::parse_region(&name).ok()
}

#[cfg(test)]
mod tests {
    use junheng_proto::{
        ingest::v1::{GetFactsRequest, ListSchoolsRequest},
        reporting::v1::RenderCountyReportRequest,
    };
    use prost::Message as _;

    use super::*;

    #[test]
    fn what_was_asked_for_is_read_from_the_beginning_of_a_request() {
        let facts = GetFactsRequest { region: "regions/210922".into(), month: "2024-12".into(), as_of: None };
        let report = RenderCountyReportRequest { evaluation: "regions/210922/evaluations/2024-12.a".into(), format: 3 };
        let schools = ListSchoolsRequest { parent: "regions/210922".into(), page_size: 9, ..Default::default() };

        assert_eq!(asked(&facts.encode_to_vec()), ("regions/210922".into(), "2024-12".parse().ok()));
        assert_eq!(asked(&report.encode_to_vec()), ("regions/210922/evaluations/2024-12.a".into(), None));
        assert_eq!(asked(&schools.encode_to_vec()), ("regions/210922".into(), None));
        assert_eq!(asked(b""), (String::new(), None));
        assert_eq!(asked(b"\x0a\xff\x01ab"), (String::new(), None));
    }

    #[test]
    fn a_page_is_the_resource_that_its_address_names() {
        let month = "2024-12".parse().ok();

        assert_eq!(looked_at("/regions/210922?standard=a&month=2024-12"), ("regions/210922".into(), month));
        assert_eq!(looked_at("/regions/210922/reports/1"), ("regions/210922/reports/1".into(), None));
        assert_eq!(looked_at("/?month=soon"), (String::new(), None));
    }

    #[test]
    fn a_long_or_strange_name_is_cut_to_what_can_be_stored() {
        let facts = GetFactsRequest { region: format!("\0{}", "县".repeat(200)), ..GetFactsRequest::default() };

        let (resource, _) = asked(&facts.encode_to_vec());

        assert_eq!(resource, format!("\u{fffd}{}", "县".repeat(85)));
    }

    #[test]
    fn the_region_is_the_beginning_of_a_name() {
        assert_eq!(region("regions/210922/evaluations/2024-12.a"), "210922".parse().ok());
        assert_eq!(region("regions/210922"), "210922".parse().ok());
        for name in ["regions/-", "standards/210922", "210922", ""] {
            assert_eq!(region(name), None, "{name}");
        }
    }
}
