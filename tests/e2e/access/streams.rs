//! Streams: each message by itself is held against the scope, and what came before one that is refused is answered.

use junheng_e2e::{
    County, Database, Issuer, Suite, on_both_databases,
    raw::{Answer, call},
};
use junheng_proto::ingest::v1::{
    FileChunk, ImportFileHeader, ImportFileRequest, SubmitMonthRequest, SubmitMonthsRequest, SubmitMonthsResponse,
    import_file_request::Part, submit_months_response::Outcome,
};
use junheng_runtime::Role;
use prost::Message as _;
use tonic::{Code, Request, metadata::MetadataValue};
use tonic_types::StatusExt as _;

const SUBMIT: &str = "/junheng.ingest.v1.SubmissionService/SubmitMonths";
const IMPORT: &str = "/junheng.ingest.v1.FileService/ImportFile";

/// A city with two counties, and a county of another city, all registered.
async fn cities(database: Database) -> (Suite, Issuer, [County; 3]) {
    let counties = [("210922", "21"), ("210921", "22"), ("211002", "23")];
    let counties = counties.map(|(code, serial)| County::met_at(code, serial));
    let (suite, issuer) = super::guarded(database).await;
    let operator = issuer.token(&[Role::Operator], &["-"]);
    for county in &counties {
        let regions = junheng_proto::ingest::v1::ImportRegionsRequest {
            regions: county.regions.clone(),
            request_id: format!("regions-{}", &county.region[8..]),
        };
        suite.registry().import_regions(bearing(&operator, regions)).await.unwrap();
        let schools = junheng_proto::ingest::v1::ImportSchoolsRequest {
            parent: county.region.clone(),
            schools: county.schools.clone(),
            request_id: "schools".to_owned(),
            ..Default::default()
        };
        suite.registry().import_schools(bearing(&operator, schools)).await.unwrap();
    }
    (suite, issuer, counties)
}

fn bearing<T>(token: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", MetadataValue::try_from(format!("Bearer {token}")).unwrap());
    request
}

fn encoded(submission: SubmitMonthRequest) -> Vec<u8> {
    SubmitMonthsRequest::from(submission).encode_to_vec()
}

fn receipts(answer: &Answer) -> usize {
    let decoded = answer.messages.iter().map(|message| SubmitMonthsResponse::decode(&**message).unwrap());
    decoded.filter(|response| matches!(response.outcome, Some(Outcome::Receipt(_)))).count()
}

fn missing(answer: &Answer) -> String {
    let status = answer.status.as_ref().unwrap();
    let details = status.get_error_details();
    let info = details.error_info().unwrap();
    assert_eq!((status.code(), info.reason.as_str()), (Code::NotFound, "RESOURCE_MISSING"), "{status:?}");
    info.metadata["resource"].clone()
}

async fn a_city_submits_for_its_counties_and_for_no_other(database: Database) {
    let (suite, issuer, [one, two, other]) = cities(database).await;
    let token = issuer.token(&[Role::CityReporter], &["210900"]);
    let messages = [&one, &two, &other, &one].map(|county| encoded(county.submission("stream")));

    let answer = call(suite.ingest_channel(), SUBMIT, Some(&token), messages.to_vec()).await;

    assert_eq!(receipts(&answer), 2, "what came before is answered: {answer:?}");
    assert_eq!(missing(&answer), "regions/211002");
    let auditor = issuer.token(&[Role::Auditor], &["-"]);
    for (county, written) in [(&one, true), (&two, true), (&other, false)] {
        let request =
            junheng_proto::ingest::v1::ListSubmissionsRequest { parent: county.region.clone(), ..Default::default() };
        let list = suite.submissions().list_submissions(bearing(&auditor, request)).await.unwrap().into_inner();
        assert_eq!(list.submissions.is_empty(), !written, "{}", county.region);
    }
}

async fn a_region_cannot_be_smuggled_in(database: Database) {
    let (suite, issuer, [one, two, _]) = cities(database).await;
    let token = issuer.token(&[Role::CountyReporter], &["210922"]);
    let (own, sibling) = (one.submission("smuggled"), two.submission("smuggled"));
    let region_of = |name: &str| SubmitMonthRequest { region: name.to_owned(), ..Default::default() }.encode_to_vec();
    // A submission within the message: field 1, with a length.
    let within = |bytes: Vec<u8>| {
        let mut message = vec![0x0a];
        prost::encoding::encode_varint(bytes.len() as u64, &mut message);
        message.extend(bytes);
        message
    };
    for (what, message) in [
        ("the region twice", within([own.encode_to_vec(), region_of("regions/210921")].concat())),
        ("the region twice, ours last", within([sibling.encode_to_vec(), region_of("regions/210922")].concat())),
        ("the submission twice", [within(own.encode_to_vec()), within(region_of("regions/210921"))].concat()),
        ("no submission", vec![]),
        ("no region", within(SubmitMonthRequest { region: String::new(), ..own.clone() }.encode_to_vec())),
        ("another way to write it", within(region_of("regions/210922 "))),
        ("full-width digits", within(region_of("regions/\u{ff12}\u{ff11}\u{ff10}\u{ff19}\u{ff12}\u{ff12}"))),
        ("a path", within(region_of("regions/210922/../210921"))),
    ] {
        let answer = call(suite.ingest_channel(), SUBMIT, Some(&token), vec![message]).await;

        let code = answer.status.as_ref().map_or(Code::Ok, tonic::Status::code);
        let in_stream = answer.messages.iter().map(|message| SubmitMonthsResponse::decode(&**message).unwrap());
        let refused = in_stream.filter(|response| matches!(response.outcome, Some(Outcome::Error(_)))).count();
        assert!(code == Code::InvalidArgument || refused == 1, "{what}: {answer:?}");
        assert_eq!(receipts(&answer), 0, "{what}");
    }
}

async fn a_file_is_for_the_region_of_its_header(database: Database) {
    let (suite, issuer, [one, two, _]) = cities(database).await;
    let token = issuer.token(&[Role::CountyReporter], &["210922"]);
    let header = |county: &County| {
        let submission = SubmitMonthRequest {
            region: county.region.clone(),
            month: "2024-12".to_owned(),
            request_id: "file".to_owned(),
            ..Default::default()
        };
        ImportFileRequest {
            part: Some(Part::Header(ImportFileHeader { submission: Some(submission), annotate: false })),
        }
        .encode_to_vec()
    };
    let chunk = FileChunk { file_name: "schools.csv".to_owned(), content: b"school_code\n".to_vec() };
    let chunk = ImportFileRequest { part: Some(Part::Chunk(chunk)) }.encode_to_vec();
    let ask = async |messages| call(suite.ingest_channel(), IMPORT, Some(&token), messages).await;

    let own = ask(vec![header(&one), chunk.clone()]).await;
    assert!(own.status.is_none(), "{own:?}");

    assert_eq!(missing(&ask(vec![header(&two), chunk.clone()]).await), "regions/210921");
    assert_eq!(missing(&ask(vec![header(&one), chunk.clone(), header(&two)]).await), "regions/210921");
    let headless = ask(vec![chunk.clone(), header(&one)]).await.status.unwrap();
    assert_eq!(headless.code(), Code::InvalidArgument, "{headless:?}");
}

on_both_databases!(
    a_city_submits_for_its_counties_and_for_no_other,
    a_region_cannot_be_smuggled_in,
    a_file_is_for_the_region_of_its_header,
);
