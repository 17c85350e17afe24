//! Requests of every RPC, made from the descriptors: the region where the policy says that it stands, and elsewhere what makes sense.

use std::sync::OnceLock;

use junheng_proto::DESCRIPTORS;
use prost::Message as _;
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor, ReflectMessage as _,
    Value,
};

const MONTH: &str = "2024-12";

pub(super) fn pool() -> &'static DescriptorPool {
    static POOL: OnceLock<DescriptorPool> = OnceLock::new();
    POOL.get_or_init(|| DescriptorPool::decode(DESCRIPTORS).unwrap())
}

/// The method of a path, `/package.Service/Method`.
pub(super) fn method(path: &str) -> MethodDescriptor {
    let (service, name) = path[1..].split_once('/').unwrap();
    let service = pool().get_service_by_name(service).unwrap();
    service.methods().find(|method| method.name() == name).unwrap()
}

/// A request of an RPC about the region of a code.
pub(super) fn request(path: &str, places: &[&str], code: &str) -> Vec<u8> {
    let method = method(path);
    let mut message = sensible(&method.input(), path);
    for place in places {
        put(&mut message, place, &name(path, place, code), path);
    }
    message.encode_to_vec()
}

/// A request that names several regions: at each place that may, or, where none may, the one place again and again.
pub(super) fn naming(path: &str, places: &[&str], codes: &[&str]) -> Vec<u8> {
    // Encoded messages one after the other are one message: lists are joined, texts are there several times.
    codes.iter().flat_map(|code| request(path, places, code)).collect()
}

/// The name that a request must hold at a place: the region, or something in it.
pub(super) fn name(path: &str, place: &str, code: &str) -> String {
    let school = format!("regions/{code}/schools/{}", school(code));
    match (path.rsplit('/').next().unwrap(), place) {
        ("AcknowledgeSubmission" | "GetSubmission", _) => format!("regions/{code}/submissions/{MONTH}.1"),
        ("GetEvaluation" | "RenderCountyReport" | "IssueReport", _) => {
            format!("regions/{code}/evaluations/{MONTH}.national-quality-2017")
        }
        ("GetReport", _) => format!("regions/{code}/reports/1"),
        ("RevokeWaiver", _) => format!("regions/{code}/waivers/1"),
        ("GetSchool", _)
        | ("GrantWaiver", "school")
        | (_, "schools.name" | "events.school" | "events.merged_into" | "events.split.parts" | "events.opened.name") => {
            school
        }
        _ => format!("regions/{code}"),
    }
}

/// A school that is registered in a county.
fn school(code: &str) -> String {
    format!("21{}000001", super::matrix::serial(code))
}

fn put(message: &mut DynamicMessage, place: &str, value: &str, path: &str) {
    let (first, rest) = place.split_once('.').map_or((place, None), |(first, rest)| (first, Some(rest)));
    let field = message.descriptor().get_field_by_name(first).unwrap();
    let inner = match rest {
        None => Value::String(value.to_owned()),
        Some(rest) => {
            let Kind::Message(kind) = field.kind() else { panic!("{place}") };
            // Each choice of a question is a whole one.
            let asked = path.ends_with("ExportTable");
            let mut inner = if asked { sensible(&kind, path) } else { DynamicMessage::new(kind) };
            // Parts of one message are filled one after the other.
            if !field.is_list() && message.has_field(&field) {
                inner = message.get_field(&field).as_message().unwrap().clone();
            }
            put(&mut inner, rest, value, path);
            Value::Message(inner)
        }
    };
    if field.is_list() {
        // A list has one entry for each place, so that those of one choice do not put each other out.
        message.get_field_mut(&field).as_list_mut().unwrap().push(inner);
    } else {
        message.set_field(&field, inner);
    }
}

/// A message whose fields that every request has are filled.
fn sensible(kind: &MessageDescriptor, path: &str) -> DynamicMessage {
    let mut message = DynamicMessage::new(kind.clone());
    for field in kind.fields() {
        if let Some(value) = value(&field, path) {
            message.set_field(&field, value);
        }
    }
    message
}

fn value(field: &FieldDescriptor, path: &str) -> Option<Value> {
    let text = |text: &str| Some(Value::String(text.to_owned()));
    match (field.name(), field.kind()) {
        ("month" | "from_month" | "to_month" | "first_month" | "last_month", Kind::String) => {
            let ranged = path.ends_with("ListEvaluations") || path.ends_with("GetReportingStatus");
            if ranged && field.name() != "month" { None } else { text(MONTH) }
        }
        ("request_id", _) => text("request"),
        ("reason" | "granted_by" | "evidence", Kind::String) => text("a reason"),
        ("granted_on", _) => text("2024-11-01"),
        ("waiver", Kind::String) => text("primary-pupils"),
        ("indicator", Kind::String) => text("L1"),
        ("due_day", _) => Some(Value::U32(10)),
        ("format" | "stage", Kind::Enum(_)) => Some(Value::EnumNumber(1)),
        ("standard" | "before" | "after", Kind::String) if path.contains("StandardService") => {
            text("standards/national-quality-2017")
        }
        ("before" | "after" | "submission" | "header", Kind::Message(kind)) => {
            Some(Value::Message(sensible(&kind, path)))
        }
        _ => None,
    }
}
