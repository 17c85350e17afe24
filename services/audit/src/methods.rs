//! Which calls are recorded, by the name of their RPC: nobody has to think of it in a handler.

/// What the audit has of an RPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recorded {
    /// It changes something: it records that itself, and the recorder what was refused.
    Change,
    /// It reads what somebody reported or what was made of it.
    Read,
    /// It reads what anybody may know, or is polled.
    Nothing,
}

/// First words of RPCs that change something.
const CHANGES: [&str; 13] = [
    "Acknowledge",
    "Delete",
    "Grant",
    "Import",
    "Issue",
    "Recompute",
    "Record",
    "Register",
    "Revoke",
    "Set",
    "Submit",
    "Withdraw",
    "Void",
];

/// RPCs that read what anybody may know, and one that callers poll until there is something.
const NOTHING: [&str; 10] = [
    "CompareStandards",
    "GetAuditHead",
    "GetCheckLimits",
    "GetEvaluation",
    "GetReportingCalendar",
    "GetStandard",
    "ListRegions",
    "ListRules",
    "ListStandards",
    "ListStandardsInForce",
];

/// Says of a method, `package.Service/Method`, what the audit has of it; one whose name says nothing reads.
pub(crate) fn recorded(method: &str) -> Recorded {
    let Some((service, name)) = method.split_once('/') else { return Recorded::Nothing };
    if !service.starts_with("junheng.") || NOTHING.contains(&name) {
        Recorded::Nothing
    } else if starts_with_one(name, &CHANGES) {
        Recorded::Change
    } else {
        Recorded::Read
    }
}

/// Whether a name's first word is one of these: `Set` is that of `SetCheckLimits`, and not of `SettleMonth`.
fn starts_with_one(name: &str, words: &[&str]) -> bool {
    words.iter().any(|word| name.strip_prefix(word).is_some_and(|rest| !rest.starts_with(char::is_lowercase)))
}

#[cfg(test)]
mod tests {
    use prost::Message as _;
    use prost_types::FileDescriptorSet;

    use super::*;

    /// First words of RPCs that read.
    const READS: [&str; 12] = [
        "Attribute",
        "Compare",
        "Download",
        "Evaluate",
        "Explain",
        "Export",
        "Get",
        "List",
        "Preview",
        "Render",
        "Simulate",
        "Stream",
    ];

    #[test]
    fn every_rpc_says_by_its_first_word_whether_it_reads_or_changes() {
        let files = FileDescriptorSet::decode(junheng_proto::DESCRIPTORS).unwrap().file;
        let names = files.iter().flat_map(|file| &file.service).flat_map(|service| &service.method);

        let unclear: Vec<&str> = names
            .map(prost_types::MethodDescriptorProto::name)
            .filter(|name| starts_with_one(name, &CHANGES) == starts_with_one(name, &READS))
            .collect();

        assert_eq!(unclear, [""; 0], "give the first word to CHANGES, or here to READS");
    }

    #[test]
    fn reads_changes_and_what_is_not_recorded_are_told_apart() {
        for (method, wanted) in [
            ("junheng.ingest.v1.SubmissionService/GetFacts", Recorded::Read),
            ("junheng.ingest.v1.SubmissionService/SubmitMonth", Recorded::Change),
            ("junheng.evaluation.v1.StandardService/ListStandardsInForce", Recorded::Nothing),
            ("junheng.reporting.v1.ReportService/SettleMonth", Recorded::Read),
            ("grpc.health.v1.Health/List", Recorded::Nothing),
            ("unknown", Recorded::Nothing),
        ] {
            assert_eq!(recorded(method), wanted, "{method}");
        }
    }
}
