//! Who did what is on record, and nobody can change that unseen; receipts prove themselves.

use std::process::Output;

use junheng_e2e::{County, Database, Suite, on_both_databases, run};
use junheng_proto::{
    ingest::v1::{GetFactsRequest, Receipt},
    reporting::v1::{
        AuditKind, AuditRecord, GetAuditHeadRequest, ListAuditRecordsRequest, RenderCountyReportRequest, ReportFormat,
    },
};
use junheng_runtime::Clock;
use junheng_seal::{chain::FaultKind, key::Signer};
use junheng_store::{Options, Store};
use sea_orm::ConnectionTrait as _;
use tonic::Code;

on_both_databases!(
    every_change_and_every_download_is_on_record,
    what_is_refused_is_on_record_without_a_stream_of_its_own,
    a_receipt_is_signed_and_a_repetition_gets_the_same_bytes,
    what_was_altered_behind_the_services_is_found_against_an_exported_head,
    records_are_listed_page_by_page_and_by_region,
    the_program_verifies_a_database_and_an_export_of_it,
);

async fn listed(suite: &Suite, request: ListAuditRecordsRequest) -> Vec<AuditRecord> {
    suite.audit().await.list_audit_records(request).await.unwrap().into_inner().records
}

fn of(parent: &str, kind: AuditKind) -> ListAuditRecordsRequest {
    ListAuditRecordsRequest { parent: parent.to_owned(), kind: kind.into(), ..ListAuditRecordsRequest::default() }
}

async fn submitted(suite: &Suite) -> (County, Receipt) {
    let county = County::met();
    suite.register(&county).await;
    let receipt = suite.accepted(county.submission("once")).await;
    suite.stored(&county.region, &county.month, &receipt).await;
    (county, receipt)
}

async fn every_change_and_every_download_is_on_record(database: Database) {
    let suite = Suite::start(database).await;
    let (county, receipt) = submitted(&suite).await;
    let asked = GetFactsRequest { region: county.region.clone(), month: county.month.clone(), as_of: None };
    let mut asking = tonic::Request::new(asked);
    asking
        .metadata_mut()
        .insert("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse().unwrap());
    suite.submissions().get_facts(asking).await.unwrap();
    let evaluation = format!("{}/evaluations/{}.national-quality-2017", county.region, county.month);
    let report = RenderCountyReportRequest { evaluation: evaluation.clone(), format: ReportFormat::Markdown.into() };
    let report = suite.reports().render_county_report(report).await.unwrap().into_inner();

    let changes = listed(&suite, of(&county.region, AuditKind::Changes)).await;
    let reads = listed(&suite, of(&county.region, AuditKind::Reads)).await;

    let actions: Vec<_> = changes.iter().map(|record| record.action.as_str()).collect();
    assert_eq!(actions, ["import_schools", "submit_month", "store_evaluation"]);
    let submit = &changes[1];
    assert_eq!((&*submit.subject, &*submit.outcome, &*submit.request_id), ("anonymous", "accepted", "once"));
    assert_eq!(submit.resource, receipt.submission);
    assert!(submit.peer.starts_with("127.0.0.1:"), "{submit:?}");
    assert!(submit.roles.contains("auditor"), "{submit:?}");
    assert_eq!(changes[2].trace_id, submit.trace_id, "the evaluation belongs to the submission's trace");
    let [facts, rendered, listing] = reads.as_slice() else { panic!("{reads:#?}") };
    assert_eq!(facts.action, "junheng.ingest.v1.SubmissionService/GetFacts");
    assert_eq!((&*facts.resource, &*facts.outcome), (&*county.region, "Ok"));
    assert_eq!(facts.trace_id, "0af7651916cd43dd8448eb211c80319c");
    assert!(facts.detail.starts_with("month 2024-12, "), "{facts:?}");
    assert_eq!(
        (&*rendered.action, &rendered.resource),
        ("junheng.reporting.v1.ReportService/RenderCountyReport", &evaluation)
    );
    let bytes: usize = rendered.detail.strip_suffix(" bytes").unwrap().parse().unwrap();
    assert!(bytes > report.content.len(), "{rendered:?}");
    assert_eq!(listing.action, "junheng.reporting.v1.AuditService/ListAuditRecords", "auditors are on record, too");
    assert_eq!(reads.iter().map(|record| record.sequence).collect::<Vec<_>>(), [Some(1), Some(2), Some(3)]);
}

async fn what_is_refused_is_on_record_without_a_stream_of_its_own(database: Database) {
    let suite = Suite::start(database).await;
    let asked = GetFactsRequest { region: "regions/219999".into(), month: "2024-12".into(), as_of: None };

    let refused = suite.submissions().get_facts(asked).await.unwrap_err();

    assert_eq!(refused.code(), Code::NotFound);
    let all = listed(&suite, of("regions/-", AuditKind::Reads)).await;
    let told: Vec<_> = all.iter().map(|one| (&*one.region, &*one.resource, &*one.outcome)).collect();
    assert_eq!(told, [("000000", "regions/219999", "NotFound")]);
}

async fn a_receipt_is_signed_and_a_repetition_gets_the_same_bytes(database: Database) {
    let suite = Suite::start(database).await;
    let (county, receipt) = submitted(&suite).await;
    let key = Signer::of_secret(&[7; 32]).public();

    let again = suite.accepted(county.submission("once")).await;

    assert_eq!(again, receipt);
    assert_eq!((&*receipt.request_id, &*receipt.key_id), ("once", key.id()));
    assert_eq!(junheng_audit::receipt::verify(&receipt, std::slice::from_ref(&key)), Ok(()));
    let other = Receipt { revision: Some(2), ..receipt };
    assert!(junheng_audit::receipt::verify(&other, &[key]).is_err());
}

async fn what_was_altered_behind_the_services_is_found_against_an_exported_head(database: Database) {
    let shared = database.shared();
    let suite = Suite::start(database).await;
    submitted(&suite).await;
    let store = Store::connect(&Options::new(shared.url())).await.unwrap();
    let signer = Signer::of_secret(&[9; 32]);
    assert_eq!(suite.audit().await.get_audit_head(GetAuditHeadRequest {}).await.unwrap_err().code(), Code::NotFound);
    let head = junheng_audit::heads::sign(&store, &Clock::system(), &signer).await.unwrap();
    let exported = suite.audit().await.get_audit_head(GetAuditHeadRequest {}).await.unwrap().into_inner().head.unwrap();
    assert_eq!((exported.key_id.as_str(), exported.streams.len()), (signer.id(), head.content.streams.len()));
    let verify =
        async || junheng_audit::verify::verify(&store, &[signer.public()], std::slice::from_ref(&head)).await.unwrap();
    let sound = verify().await;
    assert!(sound.sound() && sound.head_count == 2, "{sound:?}");

    let raw = sea_orm::Database::connect(shared.url()).await.unwrap();
    raw.execute_unprepared("UPDATE audit_records SET outcome = 'refused' WHERE action = 'submit_month'").await.unwrap();
    // Whoever alters records may alter heads as well; the exported one stands.
    raw.execute_unprepared("UPDATE audit_heads SET key_id = 'x'").await.unwrap();
    let altered = verify().await;

    assert_eq!(altered.signatures.len(), 1);
    let [fault] = altered.faults.as_slice() else { panic!("{altered:?}") };
    assert_eq!((fault.stream.to_string().as_str(), fault.kind), ("219902/changes", FaultKind::Altered { sequence: 2 }));
}

async fn records_are_listed_page_by_page_and_by_region(database: Database) {
    let suite = Suite::start(database).await;
    let (county, _) = submitted(&suite).await;
    let whole = listed(&suite, of("regions/-", AuditKind::Changes)).await;
    let mut request = ListAuditRecordsRequest { page_size: 2, ..of("regions/-", AuditKind::Changes) };
    let mut paged = vec![];
    loop {
        let page = suite.audit().await.list_audit_records(request.clone()).await.unwrap().into_inner();
        assert!(page.records.len() <= 2);
        paged.extend(page.records);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(paged, whole);
    let below = listed(&suite, of("regions/219900", AuditKind::Changes)).await;
    assert!(below.iter().any(|record| record.action == "submit_month"), "{below:#?}");
    let by_request = ListAuditRecordsRequest { request_id: "once".into(), ..of("regions/-", AuditKind::Unspecified) };
    assert_eq!(listed(&suite, by_request).await.len(), 1);
    let unknown = ListAuditRecordsRequest { parent: "regions/110000".into(), ..of(&county.region, AuditKind::Reads) };
    assert_eq!(suite.audit().await.list_audit_records(unknown).await.unwrap_err().code(), Code::NotFound);
    let wrong = ListAuditRecordsRequest { kind: 9, page_token: "x".into(), ..of("liaoning", AuditKind::Reads) };
    assert_eq!(suite.audit().await.list_audit_records(wrong).await.unwrap_err().code(), Code::InvalidArgument);
}

async fn the_program_verifies_a_database_and_an_export_of_it(database: Database) {
    let shared = database.shared();
    let suite = Suite::start(database).await;
    submitted(&suite).await;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (key, public, head, export) = (path("key.pem"), path("key.pem.pub"), path("head.json"), path("audit.jsonl"));
    let setting = format!("audit.signing_key={key}");
    let on_database = ["--database", shared.url(), "--set", &setting];
    let audit = |arguments: &[&str], on: &[&str]| run(&[&["audit"], arguments, on].concat());
    let told = |output: &Output| {
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    };
    assert!(run(&["key", "create", &key]).status.success());
    let signed = audit(&["export-head", "-o", &head], &on_database);
    assert!(signed.status.success(), "{}", told(&signed));

    let sound = audit(&["verify", "--head", &head, "--public-key", &public], &on_database);
    let exported = audit(&["export", "-o", &export], &on_database);
    let offline = audit(&["verify", "--records", &export, "--head", &head, "--public-key", &public], &[]);
    let pruned = audit(&["prune"], &on_database);

    assert!(sound.status.success() && told(&sound).contains("审计记录完好"), "{}", told(&sound));
    assert!(exported.status.success(), "{}", told(&exported));
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&export).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600, "an export is its owner's alone");
    assert!(offline.status.success(), "{}", told(&offline));
    assert!(told(&pruned).contains("0条链"), "nothing is so old: {}", told(&pruned));
    let raw = sea_orm::Database::connect(shared.url()).await.unwrap();
    let last = "sequence = 3 AND kind = 'changes' AND county_code = '219902'";
    raw.execute_unprepared(&format!("DELETE FROM audit_records WHERE {last}")).await.unwrap();
    let cut = audit(&["verify", "--head", &head, "--public-key", &public], &on_database);
    let lines = std::fs::read_to_string(&export).unwrap().replace("\"accepted\"", "\"refused\"");
    std::fs::write(&export, lines).unwrap();
    let altered = audit(&["verify", "--records", &export, "--head", &head, "--public-key", &public], &[]);
    let other = path("other.pem");
    assert!(run(&["key", "create", &other]).status.success());
    let untrusted = audit(&["verify", "--public-key", &format!("{other}.pub")], &on_database);

    assert_eq!(cut.status.code(), Some(1));
    assert!(told(&cut).contains("219902/changes：末尾第3条至第3条被截去"), "{}", told(&cut));
    assert_eq!(altered.status.code(), Some(1));
    assert!(told(&altered).contains("219902/changes：第2条被改动"), "{}", told(&altered));
    assert_eq!(untrusted.status.code(), Some(1));
    assert!(told(&untrusted).contains("不在所给公钥之中"), "{}", told(&untrusted));
}
