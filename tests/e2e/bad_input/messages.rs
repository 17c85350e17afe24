//! Bad input as a message.

use junheng_e2e::{Database, county::quantity, on_both_databases};
use junheng_proto::ingest::v1::{CountyItem, SubmissionMode, SubmitMonthRequest, county_item::Value};
use prost::Message as _;
use tonic::{Code, Status, body::Body};
use tower::{Service as _, ServiceExt as _};

use super::{CLOSED, Scene, errors, reason};
use crate::{conformance::Whole, errors::assert_fields, merging::key};

on_both_databases!(
    what_is_wrong_in_a_message_is_found,
    what_is_wrong_with_a_request_is_a_status,
    what_is_no_such_message_is_a_status,
);

/// What is wrong, how it comes into a good request, and the rules that tell it with their places.
type Wrong = (&'static str, fn(&mut SubmitMonthRequest), &'static [(&'static str, &'static str)]);

/// Values of school elements.
const VALUES: [Wrong; 9] = [
    ("no number", |r| r.schools[0].teaching_area_m2 = Some(f64::NAN), &[("number", "schools[0].teaching_area_m2")]),
    ("infinity", |r| r.schools[0].teaching_area_m2 = Some(f64::INFINITY), &[("number", "schools[0].teaching_area_m2")]),
    (
        "minus infinity",
        |r| r.schools[1].equipment_value_yuan = Some(f64::NEG_INFINITY),
        &[("number", "schools[1].equipment_value_yuan")],
    ),
    (
        "negative",
        |r| r.schools[1].equipment_value_yuan = Some(-0.01),
        &[("not_negative", "schools[1].equipment_value_yuan")],
    ),
    (
        "three decimals",
        |r| r.schools[1].equipment_value_yuan = Some(0.001),
        &[("amount_decimals", "schools[1].equipment_value_yuan")],
    ),
    (
        "overflow",
        |r| r.schools[1].equipment_value_yuan = Some(1e12),
        &[("number_range", "schools[1].equipment_value_yuan")],
    ),
    (
        "overflow by far",
        |r| r.schools[1].equipment_value_yuan = Some(f64::MAX),
        &[("number_range", "schools[1].equipment_value_yuan")],
    ),
    ("a count's overflow", |r| r.schools[1].books = Some(1 << 31), &[("number_range", "schools[1].books")]),
    ("-1 as Java sends it", |r| r.schools[1].books = Some(u32::MAX), &[("number_range", "schools[1].books")]),
];

/// Schools that may not be named, or not so.
const SCHOOLS: [Wrong; 7] = [
    ("twice", |r| r.schools.push(r.schools[3].clone()), &[("school_once", "schools[4].school_code")]),
    ("of another county", |r| r.school("2122000001"), &[("school_in_county", "schools[4].school_code")]),
    ("unknown", |r| r.school("2199999999"), &[("school_registered", "schools[4].school_code")]),
    ("closed before", |r| r.school(CLOSED), &[("school_open", "schools[4].school_code")]),
    ("no code", |r| r.school("小学"), &[("school_code", "schools[4].school_code")]),
    ("another stage", |r| r.schools[1].pupils_junior = Some(3), &[("stage_of_type", "schools[1].pupils_junior")]),
    (
        "more than all",
        |r| r.schools[1].indoor_sports_area_m2 = Some(9e9),
        &[("part_within_whole", "schools[1].indoor_sports_area_m2")],
    ),
];

/// County items, the last of which stands at 57.
const ITEMS: [Wrong; 11] = [
    ("no number", |r| r.set("teachers_due_training", Value::Quantity(f64::NAN)), &[("number", "items[56].quantity")]),
    (
        "infinity",
        |r| r.set("teachers_due_training", Value::Quantity(f64::INFINITY)),
        &[("number", "items[56].quantity")],
    ),
    (
        "negative",
        |r| r.set("special_education_funds_yuan", Value::Quantity(-1.0)),
        &[("not_negative", "items[56].value")],
    ),
    (
        "half a person",
        |r| r.set("special_education_pupils", Value::Quantity(0.5)),
        &[("count_whole", "items[56].value")],
    ),
    (
        "overflow",
        |r| r.set("special_education_funds_yuan", Value::Quantity(1e12)),
        &[("number_range", "items[56].quantity")],
    ),
    (
        "a declaration for a number",
        |r| r.set("graduates", Value::Declaration(true)),
        &[("item_kind", "items[56].value")],
    ),
    (
        "a number for a declaration",
        |r| r.set("monitoring_kept", Value::Quantity(1.0)),
        &[("item_kind", "items[56].value")],
    ),
    (
        "a day that is none",
        |r| r.set("basic_recognised_on", Value::Date("2015-02-30".to_owned())),
        &[("date", "items[56].date")],
    ),
    ("unknown item", |r| r.items.push(quantity("G99", "graduates", 1.0)), &[("item_known", "items[57].item")]),
    ("unknown operand", |r| r.items.push(quantity("G1", "nothing", 1.0)), &[("operand_known", "items[57].operand")]),
    ("twice", |r| r.items.push(r.items[0].clone()), &[("item_once", "items[57].operand")]),
];

/// What a request as a whole says.
const REQUESTS: [Wrong; 2] = [
    ("a future month", |r| "2026-03".clone_into(&mut r.month), &[("month_not_begun", "month")]),
    (
        "an unknown element in a correction",
        |r| {
            r.set_mode(SubmissionMode::Merge);
            (r.items, r.schools) = (vec![], vec![r.schools[0].clone()]);
            r.schools[0].cleared_elements.push("canteens".to_owned());
        },
        &[("element_known", "schools[0].cleared_elements")],
    ),
];

/// Short ways to make a request bad.
trait Spoil {
    fn school(&mut self, code: &str);
    fn set(&mut self, operand: &str, value: Value);
}

impl Spoil for SubmitMonthRequest {
    /// Adds a row of a school.
    fn school(&mut self, code: &str) {
        let mut row = self.schools[3].clone();
        code.clone_into(&mut row.school_code);
        self.schools.push(row);
    }

    /// Sets the value of an operand, and puts it last.
    fn set(&mut self, operand: &str, value: Value) {
        let at = self.items.iter().position(|item| item.operand == operand).unwrap();
        let item = self.items.remove(at);
        self.items.push(CountyItem { value: Some(value), ..item });
    }
}

async fn what_is_wrong_in_a_message_is_found(database: Database) {
    let scene = Scene::start(database).await;

    let cases = VALUES.into_iter().chain(SCHOOLS).chain(ITEMS).chain(REQUESTS);
    for (number, (what, spoil, told)) in cases.enumerate() {
        let mut request = scene.county.submission(&format!("bad-{number}"));
        spoil(&mut request);

        let refusal = scene.suite.refused(request).await;

        assert_eq!(errors(&refusal.findings), told, "{what}");
        scene.assert_nothing_written(what).await;
    }
}

async fn what_is_wrong_with_a_request_is_a_status(database: Database) {
    let scene = Scene::start(database).await;
    let good = scene.county.submission("bad");
    let empty = SubmitMonthRequest { schools: vec![], items: vec![], ..good.clone() };
    let many = SubmitMonthRequest { schools: vec![good.schools[0].clone(); 10_000], ..good.clone() };
    let one_too_many = SubmitMonthRequest { schools: vec![good.schools[0].clone(); 5_001], ..good.clone() };
    let no_month = SubmitMonthRequest { month: "2024-13".to_owned(), ..good.clone() };
    let no_mode = SubmitMonthRequest { mode: 99, ..good.clone() };
    let removing = SubmitMonthRequest { removed_items: vec![key("G1", "declared_met")], ..good.clone() };

    for (request, field) in [
        (empty, "schools"),
        (many, "schools"),
        (one_too_many, "schools"),
        (no_month, "month"),
        (no_mode, "mode"),
        (removing, "removed_items[0]"),
    ] {
        assert_fields(&scene.suite.submit(request).await.unwrap_err(), &[field]);
        scene.assert_nothing_written(field).await;
    }

    // A county that nobody registered, and a city.
    for region in ["regions/999999", "regions/219900"] {
        let foreign = SubmitMonthRequest { region: region.to_owned(), ..good.clone() };
        let status = scene.suite.submit(foreign).await.unwrap_err();
        assert!(
            matches!(status.code(), Code::NotFound | Code::InvalidArgument | Code::FailedPrecondition),
            "{status:?}"
        );
        assert!(!reason(&status).is_empty());
        scene.assert_nothing_written(region).await;
    }
    // Another county's content under a county's name.
    let foreign = SubmitMonthRequest { region: good.region.clone(), ..scene.neighbour.submission("foreign") };
    let refusal = scene.suite.refused(foreign).await;
    assert!(errors(&refusal.findings).iter().all(|(rule, _)| *rule == "school_in_county"));
    scene.assert_nothing_written("a foreign county's schools").await;
}

/// Calls `SubmitMonth` with whatever bytes.
async fn send(scene: &Scene, message: &[u8]) -> Status {
    let mut frame = vec![0];
    frame.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
    frame.extend(message);
    let request = http::Request::post("/junheng.ingest.v1.SubmissionService/SubmitMonth")
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(Body::new(Whole(Some(frame.into()))));
    let mut channel = scene.suite.ingest_channel();
    let response = channel.ready().await.unwrap().call(request.unwrap()).await.unwrap();
    Status::from_header_map(response.headers()).unwrap_or_else(|| panic!("answered"))
}

async fn what_is_no_such_message_is_a_status(database: Database) {
    let scene = Scene::start(database).await;
    let good = scene.county.submission("bad").encode_to_vec();

    for (what, more) in [
        ("a text where a count belongs", [b"\x2a\x05".as_slice(), b"\x12\x03abc"].concat()),
        ("a count where an area belongs", b"\x2a\x03\x98\x01\x05".to_vec()),
        ("a number where a row belongs", b"\x28\x01".to_vec()),
        ("a text that is no UTF-8: 辽宁 in GBK", b"\x12\x04\xc1\xc9\xc4\xfe".to_vec()),
        ("an element that nobody knows", [b"\x2a\x0a\xf9\x01".as_slice(), &1_f64.to_le_bytes()].concat()),
        ("a field that nobody knows", b"\x98\x06\x01".to_vec()),
        ("a count beyond 32 bits", b"\x2a\x06\x10\x85\x80\x80\x80\x10".to_vec()),
        ("a message that was cut off", b"\x2a\x7f\x12".to_vec()),
        ("a number without end", [b"\x2a\x0c\x10".as_slice(), &[0xff; 11]].concat()),
        ("no protobuf", b"\xff\xff".to_vec()),
    ] {
        let status = send(&scene, &[good.clone(), more].concat()).await;

        assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "INVALID_FIELD"), "{what}");
        scene.assert_nothing_written(what).await;
    }
}
