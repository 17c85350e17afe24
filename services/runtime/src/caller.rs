use std::net::SocketAddr;
use std::sync::Arc;

use http::HeaderMap;
use uuid::Uuid;

use crate::peer::Peer;
use crate::scope::{Role, Scope};

const ANONYMOUS: &str = "anonymous";

/// Who calls, and under which trace. Every RPC carries one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who calls: `anonymous` where `[access]` is not set.
    pub subject: Arc<str>,
    /// What the caller may call; never empty for a call that reached a handler.
    pub roles: Arc<[Role]>,
    /// The regions that the caller may ask about and write to.
    pub scope: Arc<Scope>,
    /// The trace that the call belongs to.
    pub trace: Trace,
    /// The other end of the connection, where known; behind a proxy that is trusted, what it says of its own, with port 0.
    pub peer: Option<SocketAddr>,
}

/// A W3C trace context: the caller's trace, continued by a span of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    id: String,
    /// The caller's span; `None` where the trace begins here.
    parent: Option<String>,
    span_id: String,
    flags: String,
}

impl Caller {
    /// Returns the caller of a request; an anonymous one with a trace of its own where the runtime did not serve it.
    pub fn of<T>(request: &tonic::Request<T>) -> Self {
        request.extensions().get().cloned().unwrap_or_else(Self::anonymous)
    }

    /// Returns an anonymous caller with a fresh trace, every role and every region: without authentication only this machine can call.
    #[must_use]
    pub fn anonymous() -> Self {
        Self {
            subject: ANONYMOUS.into(),
            roles: Role::ALL.into(),
            scope: Arc::new(Scope::Everything),
            trace: Trace::fresh(),
            peer: None,
        }
    }

    /// The same connection and trace, with no role and no region: somebody who is not known, or not yet.
    pub(crate) fn unknown(self) -> Self {
        Self { roles: [].into(), scope: Arc::new(Scope::Regions(vec![])), ..self }
    }

    /// Where he calls from, for the log and the audit; with the port where it is known.
    #[must_use]
    pub fn address(&self) -> Option<String> {
        self.peer.map(|peer| if peer.port() == 0 { peer.ip().to_string() } else { peer.to_string() })
    }

    pub(crate) fn read(headers: &HeaderMap, extensions: &http::Extensions) -> Self {
        let parent = headers.get("traceparent").and_then(|value| value.to_str().ok());
        Self {
            trace: parent.and_then(Trace::continued).unwrap_or_else(Trace::fresh),
            peer: extensions.get().and_then(|peer: &Peer| peer.address),
            ..Self::anonymous()
        }
    }
}

impl Trace {
    /// Starts a trace.
    #[must_use]
    pub fn fresh() -> Self {
        Self { id: Uuid::new_v4().simple().to_string(), parent: None, span_id: fresh_span_id(), flags: "00".to_owned() }
    }

    /// Continues the trace of a `traceparent` header with a span of its own; `None` when the header is not valid.
    #[must_use]
    pub fn continued(traceparent: &str) -> Option<Self> {
        let mut parts = traceparent.split('-');
        let (version, id, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let more = parts.next().is_some();
        let valid = hex(version, 2)
            && version != "ff"
            && hex(id, 32)
            && hex(parent, 16)
            && hex(flags, 2)
            && !zero(id)
            && !zero(parent)
            && !(version == "00" && more);
        valid.then(|| Self {
            id: id.to_owned(),
            parent: Some(parent.to_owned()),
            span_id: fresh_span_id(),
            flags: flags.to_owned(),
        })
    }

    /// The context of a span that is exported.
    pub(crate) fn of(id: &str, span_id: &str, flags: u8) -> Self {
        Self { id: id.to_owned(), parent: None, span_id: span_id.to_owned(), flags: format!("{flags:02x}") }
    }

    pub(crate) fn parent(&self) -> Option<&str> {
        self.parent.as_deref()
    }

    pub(crate) fn flags(&self) -> &str {
        &self.flags
    }

    /// Returns the trace id: 32 hexadecimal digits.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Writes the `traceparent` header for work that this call causes.
    #[must_use]
    pub fn traceparent(&self) -> String {
        format!("00-{}-{}-{}", self.id, self.span_id, self.flags)
    }
}

fn fresh_span_id() -> String {
    // The low half of a random uuid is never zero: its first bit is the variant.
    format!("{:016x}", Uuid::new_v4().as_u64_pair().1)
}

fn hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn zero(text: &str) -> bool {
    text.bytes().all(|byte| byte == b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0af7651916cd43dd8448eb211c80319c";

    #[test]
    fn a_valid_traceparent_is_continued() {
        let trace = Trace::continued(&format!("00-{ID}-b7ad6b7169203331-01")).unwrap();

        assert_eq!(trace.id(), ID);
        assert!(!trace.traceparent().contains("b7ad6b7169203331"));
        assert_eq!(Trace::continued(&trace.traceparent()).unwrap().id(), ID);
    }

    #[test]
    fn an_invalid_traceparent_is_ignored() {
        for text in [
            "",
            "00",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        ] {
            assert_eq!(Trace::continued(text), None, "{text}");
        }
    }

    #[test]
    fn a_request_from_elsewhere_has_an_anonymous_caller() {
        let caller = Caller::of(&tonic::Request::new(()));

        assert_eq!(&*caller.subject, ANONYMOUS);
        assert_eq!(&*caller.roles, Role::ALL);
        assert_eq!(*caller.scope, Scope::Everything);
    }
}
