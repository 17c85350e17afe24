//! A county keeps its data in Excel: it gets a template, fills it in and sends it, and learns at which cell what is wrong.

use junheng_e2e::{County, Database, Suite, Workbook, county::acknowledgement, on_both_databases};
use junheng_proto::{
    common::v1::ErrorReason,
    ingest::v1::{
        AcknowledgeSubmissionRequest, FileChunk, Finding, GetSubmissionRequest, GetTemplateRequest,
        GetTemplateResponse, ImportFileHeader, ImportFileRequest, ImportFileResponse, ImportSchoolsRequest,
        ListSubmissionsRequest, Receipt, Refusal, SubmitMonthRequest,
        acknowledge_submission_response::Outcome as Acknowledged, import_file_request::Part,
        submit_month_response::Outcome,
    },
};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::errors::assert_fields;

on_both_databases!(
    a_template_is_filled_in_and_gets_the_receipt_of_the_same_message,
    the_same_file_gets_the_first_reply_and_another_one_is_refused,
    faults_are_told_at_their_cells_and_come_back_in_a_workbook,
    rows_that_were_sorted_apart_are_noticed,
    what_only_a_file_shows_is_acknowledged_too_and_its_request_is_done_once,
    csv_files_in_gbk_are_taken_and_their_encoding_is_told,
    a_file_of_another_month_or_of_nothing_that_can_be_read_is_kept_as_refused,
    a_template_has_what_was_reported_last_and_asks_for_what_the_named_standard_needs,
    an_import_of_another_form_is_told_what_is_wrong_with_it,
);

async fn template(suite: &Suite, county: &County, month: &str) -> GetTemplateResponse {
    let request =
        GetTemplateRequest { region: county.region.clone(), month: month.to_owned(), standard: String::new() };
    suite.files().get_template(request).await.unwrap().into_inner()
}

fn header(county: &County, request_id: &str) -> ImportFileHeader {
    let submission = SubmitMonthRequest {
        region: county.region.clone(),
        month: county.month.clone(),
        request_id: request_id.to_owned(),
        ..SubmitMonthRequest::default()
    };
    ImportFileHeader { submission: Some(submission), annotate: true }
}

fn receipt(response: &ImportFileResponse) -> &Receipt {
    match response.submission.as_ref().unwrap().outcome.as_ref().unwrap() {
        Outcome::Receipt(receipt) => receipt,
        other => panic!("not accepted: {other:#?}"),
    }
}

fn refusal(response: &ImportFileResponse) -> &Refusal {
    match response.submission.as_ref().unwrap().outcome.as_ref().unwrap() {
        Outcome::Refusal(refusal) => refusal,
        other => panic!("not refused: {other:#?}"),
    }
}

fn places(findings: &[Finding]) -> Vec<(&str, &str)> {
    findings.iter().map(|finding| (finding.rule.as_str(), finding.path.as_str())).collect()
}

async fn filled(suite: &Suite, county: &County) -> Workbook {
    let mut workbook = Workbook::open(&template(suite, county, &county.month).await.content);
    workbook.fill(county);
    workbook
}

async fn a_template_is_filled_in_and_gets_the_receipt_of_the_same_message(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let made = template(&suite, &county, &county.month).await;
    assert_eq!(made.file_name, "219902-2024-12-达标县-报送表.xlsx");
    assert_eq!(made, template(&suite, &county, &county.month).await);
    let workbook = filled(&suite, &county).await;

    let checked = SubmitMonthRequest { validate_only: true, ..county.submission("") };
    let expected = suite.accepted(checked).await;
    let response = suite.import(header(&county, "file"), &[("a.xlsx", &workbook.bytes())]).await.unwrap();

    let receipt = receipt(&response);
    assert_eq!(receipt.content_digest, expected.content_digest);
    assert_eq!((receipt.revision, receipt.school_count), (Some(1), Some(4)));
    assert_eq!((receipt.findings.as_slice(), response.annotated.as_slice()), ([].as_slice(), [].as_slice()));
    assert_eq!((response.files[0].file_name.as_str(), response.files[0].encoding.as_str()), ("a.xlsx", ""));
    let evaluation = suite.stored(&county.region, &county.month, receipt).await;
    assert_eq!(evaluation.verdict(), junheng_proto::common::v1::Verdict::Met);
}

async fn the_same_file_gets_the_first_reply_and_another_one_is_refused(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let mut workbook = filled(&suite, &county).await;

    let bad = {
        let mut bad = workbook.clone();
        bad.school("D5", "许多");
        bad.bytes()
    };
    let refused = suite.import(header(&county, "bad"), &[("a.xlsx", &bad)]).await.unwrap();
    assert_eq!(suite.import(header(&county, "bad"), &[("a.xlsx", &bad)]).await.unwrap(), refused);
    let first = suite.import(header(&county, "file"), &[("a.xlsx", &workbook.bytes())]).await.unwrap();
    let again = suite.import(header(&county, "file"), &[("b.xlsx", &workbook.bytes())]).await.unwrap();
    assert_eq!(again.submission, first.submission);

    // What cannot be read is content, too.
    workbook.school("D5", "更多");
    for id in ["file", "bad"] {
        let status = suite.import(header(&county, id), &[("a.xlsx", &workbook.bytes())]).await.unwrap_err();
        assert_eq!(status.get_details_error_info().unwrap().reason, "REQUEST_ID_REUSED", "{id}");
    }
}

async fn faults_are_told_at_their_cells_and_come_back_in_a_workbook(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let mut workbook = filled(&suite, &county).await;
    // Reading finds the first, the checks find the others.
    workbook.school("D5", "1,000");
    workbook.school("M6", "9999");
    workbook.school("A7", "2199999999");
    let checked = ImportFileHeader {
        submission: header(&county, "").submission.map(|request| SubmitMonthRequest { validate_only: true, ..request }),
        annotate: false,
    };
    let would = suite.import(checked, &[("a.xlsx", &workbook.bytes())]).await.unwrap();

    let response = suite.import(header(&county, "bad"), &[("a.xlsx", &workbook.bytes())]).await.unwrap();

    let refusal = refusal(&response);
    let errors: Vec<_> = refusal.findings.iter().filter(|finding| finding.severity == 1).cloned().collect();
    let mut told = places(&errors);
    told.sort_unstable();
    assert_eq!(
        told,
        [("number", "学校数据!D5"), ("part_within_whole", "学校数据!M6"), ("school_registered", "学校数据!A7"),]
    );
    assert_eq!(places(&would_findings(&would)), places(&refusal.findings));
    assert!(would.annotated.is_empty());

    let request = GetSubmissionRequest { name: refusal.submission.clone() };
    let kept = suite.submissions().get_submission(request).await.unwrap().into_inner().submission.unwrap();
    assert_eq!(kept.findings, refusal.findings);
    assert_eq!(response.annotated_file_name, "219902-2024-12-达标县-问题.xlsx");
    let sent_back = Workbook::open(&response.annotated);
    let comments = sent_back.part("xl/comments1.xml");
    for cell in ["D5", "M6", "A7"] {
        assert!(comments.contains(&format!("ref=\"{cell}\"")), "{cell} in {comments}");
    }
    assert!(sent_back.part("xl/sharedStrings.xml").contains("1,000"));
}

fn would_findings(response: &ImportFileResponse) -> Vec<Finding> {
    let refusal = refusal(response);
    assert_eq!(refusal.submission, "", "nothing is kept of what is only checked");
    refusal.findings.clone()
}

async fn rows_that_were_sorted_apart_are_noticed(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let mut workbook = filled(&suite, &county).await;
    workbook.school("B5", "第二小学");

    let acknowledgements = vec![acknowledgement("school_name_differs")];
    let checked =
        SubmitMonthRequest { validate_only: true, acknowledgements, ..header(&county, "").submission.unwrap() };
    let checked = ImportFileHeader { submission: Some(checked), annotate: false };
    let response = suite.import(checked, &[("a.xlsx", &workbook.bytes())]).await.unwrap();

    let findings = &receipt(&response).findings;
    assert_eq!(places(findings), [("school_name_differs", "学校数据!B5")]);
    assert_eq!((findings[0].severity, findings[0].found.as_str()), (2, "第二小学"));
}

async fn what_only_a_file_shows_is_acknowledged_too_and_its_request_is_done_once(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let mut workbook = filled(&suite, &county).await;
    workbook.school("B5", "第二小学");
    let bytes = workbook.bytes();
    let import = async || suite.import(header(&county, "file"), &[("a.xlsx", &bytes)]).await;
    let first = import().await.unwrap();
    let Some(Outcome::Held(held)) = first.submission.clone().unwrap().outcome else { panic!("{first:#?}") };
    let acknowledge = async |rule: &str, request_id: &str| {
        let request = AcknowledgeSubmissionRequest {
            name: held.submission.clone(),
            acknowledgements: vec![acknowledgement(rule)],
            request_id: request_id.to_owned(),
        };
        suite.submissions().acknowledge_submission(request).await.unwrap().into_inner().outcome.unwrap()
    };

    let other = acknowledge("school_left_out", "other").await;
    let named = acknowledge("school_name_differs", "named").await;

    assert_eq!(held.rules, ["school_name_differs"]);
    assert!(matches!(&other, Acknowledged::Held(held) if held.rules == ["school_name_differs"]), "{other:#?}");
    let Acknowledged::Receipt(receipt) = named else { panic!("{named:#?}") };
    assert_eq!(places(&receipt.findings), [("school_name_differs", "学校数据!B5")]);
    let whole = suite.accepted(SubmitMonthRequest { validate_only: true, ..county.submission("") }).await;
    assert_eq!(receipt.content_digest, whole.content_digest);
    // The registry has come to say what the file says.
    let mut renamed = county.schools[0].clone();
    renamed.display_name = "第二小学".to_owned();
    let request = ImportSchoolsRequest {
        parent: county.region.clone(),
        schools: vec![renamed],
        request_id: "renamed".to_owned(),
        ..ImportSchoolsRequest::default()
    };
    assert_eq!(suite.registry().import_schools(request).await.unwrap().into_inner().changed_count, Some(1));
    assert_eq!(import().await.unwrap().submission, first.submission);
}

async fn csv_files_in_gbk_are_taken_and_their_encoding_is_told(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let code = &county.facts[0].school_code;
    let table = format!("学校标识码,学校名称,小学在校生\n{code},第一小学,40\n");
    let (schools, ..) = encoding_rs::GBK.encode(&table);
    let items =
        "item,operand,value,declared_on,declared_by,evidence\nG1,declared_met,是,2024-12-01,县教育局,自查报告\n";
    let mut header = header(&county, "csv");
    header.submission.as_mut().unwrap().acknowledgements.push(acknowledgement("school_left_out"));

    let files: [(&str, &[u8]); 2] = [("学校.csv", &schools), ("指标.csv", items.as_bytes())];
    let response = suite.import(header, &files).await.unwrap();

    let receipt = receipt(&response);
    assert_eq!((receipt.school_count, receipt.item_count), (Some(1), Some(1)));
    let encodings: Vec<_> = response.files.iter().map(|file| file.encoding.as_str()).collect();
    assert_eq!(encodings, ["GBK", "UTF-8"]);
    assert!(
        !receipt.findings.is_empty() && receipt.findings.iter().all(|finding| finding.path == "学校.csv"),
        "left out"
    );
    assert!(!response.annotated.is_empty());
}

async fn a_file_of_another_month_or_of_nothing_that_can_be_read_is_kept_as_refused(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let mut other = Workbook::open(&template(&suite, &county, "2024-11").await.content);
    other.fill(&county);

    let response = suite.import(header(&county, "other"), &[("a.xlsx", &other.bytes())]).await.unwrap();
    let places_of = places(&refusal(&response).findings);
    assert_eq!(places_of, [("file_month", "填报说明")]);
    for (id, bytes) in [("broken", b"PK\x03\x04".as_slice()), ("old", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")] {
        let response = suite.import(header(&county, id), &[("a.xlsx", bytes)]).await.unwrap();
        let refusal = refusal(&response);
        let errors: Vec<_> = refusal.findings.iter().filter(|finding| finding.severity == 1).cloned().collect();
        assert_eq!(places(&errors), [("workbook", "a.xlsx")], "{id}");
        assert!(!refusal.submission.is_empty());
    }

    let request = ListSubmissionsRequest { parent: county.region.clone(), ..ListSubmissionsRequest::default() };
    let listed = suite.submissions().list_submissions(request).await.unwrap().into_inner().submissions;
    assert_eq!((listed.len(), listed.iter().filter(|one| one.revision.is_some()).count()), (3, 0));
}

async fn a_template_has_what_was_reported_last_and_asks_for_what_the_named_standard_needs(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let without = Workbook::open(&template(&suite, &county, "2025-01").await.content);
    assert!(!without.part("xl/workbook.xml").contains("上月数据"));
    suite.accepted(county.submission("first")).await;

    let next = Workbook::open(&template(&suite, &county, "2025-01").await.content);
    assert!(next.part("xl/workbook.xml").contains("上月数据"));
    assert!(next.part("xl/sharedStrings.xml").contains("2024-12 已接收"));
    assert!(next.part("xl/worksheets/sheet4.xml").contains("<v>1000</v>"));

    let named = |standard: &str| GetTemplateRequest {
        region: county.region.clone(),
        month: "2025-01".to_owned(),
        standard: standard.to_owned(),
    };
    let basic = suite.files().get_template(named("standards/national-basic-2012")).await.unwrap().into_inner();
    let strings = |workbook: &Workbook| workbook.part("xl/sharedStrings.xml");
    assert!(strings(&next).contains("small_schools_funded_as_100"));
    assert!(!strings(&Workbook::open(&basic.content)).contains("small_schools_funded_as_100"));
    let status = suite.files().get_template(named("standards/none")).await.unwrap_err();
    assert_eq!((status.code(), reason(&status)), (Code::NotFound, ErrorReason::StandardMissing));
    let nowhere = GetTemplateRequest { region: "regions/999999".to_owned(), ..named("") };
    let status = suite.files().get_template(nowhere).await.unwrap_err();
    assert_eq!((status.code(), reason(&status)), (Code::NotFound, ErrorReason::ResourceMissing));
    let wrong = GetTemplateRequest { region: "x".to_owned(), month: "y".to_owned(), standard: "z".to_owned() };
    assert_fields(&suite.files().get_template(wrong).await.unwrap_err(), &["region", "month", "standard"]);
}

fn reason(status: &Status) -> ErrorReason {
    let reason = status.get_details_error_info().unwrap().reason;
    ErrorReason::from_str_name(&format!("ERROR_REASON_{reason}")).unwrap()
}

async fn an_import_of_another_form_is_told_what_is_wrong_with_it(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let part = |part| ImportFileRequest { part: Some(part) };
    let begin = || part(Part::Header(header(&county, "form")));
    let chunk = |name: &str, content: &[u8]| {
        part(Part::Chunk(FileChunk { file_name: name.to_owned(), content: content.to_vec() }))
    };
    let mut beside = header(&county, "form");
    beside.submission.as_mut().unwrap().schools = county.facts.clone();
    let five: Vec<_> = ["a", "b", "c", "d", "e"].iter().map(|name| chunk(name, b"x")).collect();
    let cases = [
        (vec![], "header"),
        (vec![chunk("a.csv", b"x")], "header"),
        (vec![begin(), begin()], "header"),
        (vec![begin()], "chunk"),
        (vec![begin(), chunk("", b"x")], "chunk.file_name"),
        (vec![begin(), chunk("a", b"x"), chunk("b", b"x"), chunk("a", b"x")], "chunk.file_name"),
        ([vec![begin()], five].concat(), "chunk.file_name"),
        (vec![begin(), chunk("a.csv", &vec![b'x'; (1 << 20) + 1])], "chunk.content"),
        (vec![part(Part::Header(beside)), chunk("a.csv", b"x")], "header.submission.schools"),
    ];
    for (parts, field) in cases {
        let status = suite.files().import_file(tokio_stream::iter(parts)).await.unwrap_err();
        assert_fields(&status, &[field]);
    }
    let rows: Vec<_> = (0..10_000).map(|number| format!("{}\n", 2_199_000_000_u64 + number)).collect();
    let table = format!("school_code\n{}", rows.concat());
    let many = suite.import(header(&county, "many"), &[("a.csv", table.as_bytes())]).await.unwrap();
    let Some(Outcome::Refusal(refusal)) = many.submission.unwrap().outcome else { panic!("not refused") };
    assert_eq!((refusal.findings[0].rule.as_str(), refusal.findings[0].path.as_str()), ("sheet_size", "a.csv"));
    let mut unnamed = header(&county, "");
    unnamed.submission.as_mut().unwrap().month = "2024".to_owned();
    let status = suite.import(unnamed, &[("a.csv", b"school_code\n2199000001\n")]).await.unwrap_err();
    assert_fields(&status, &["month", "request_id"]);
}
