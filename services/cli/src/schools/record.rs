//! `junheng schools record`: what happened to schools, from a file.

use std::path::PathBuf;

use junheng_domain::{
    checks::{SchoolRow, check_school_rows},
    code::{RegionCode, SchoolCode, parse_day},
    finding::{Fault, Finding, Term},
    history::{Attributes, Change, SchoolEvent},
    school::School,
};
use junheng_ingest::file::{Register, read_register};
use junheng_proto::ingest::v1::RecordSchoolEventsRequest;
use junheng_wire::{name, school_event};

use crate::{args, failure::Failure, files::File, findings::Findings, output, request_id, server};

pub(super) const EXAMPLES: &str = "\
示例：
  junheng schools record 变更.csv --county 210922
  junheng schools record 变更.csv --county 210922 --validate-only   只检查，不登记

文件为 UTF-8 或 GBK 编码的 CSV，表头为 date,school_code,event，另可有 name、school_type、organiser_type、urban_rural_code、group、group_role、related、document：
  date,school_code,event,name,school_type,related,document
  2024-09-01,2121000009,opened,新城小学,211,,教发〔2024〕1号
  2024-09-01,2121000001,merged,,,2121000009,教发〔2024〕1号
  2024-09-01,3121000002,retyped,,312,,教发〔2024〕2号
event 写编号或中文名称：opened 开办、renamed 更名、retyped 变更办学类型、reclassified 变更举办者类型或城乡分类、joined_group 加入教育集团、
left_group 退出教育集团、split 分立（related 填分立后的各校，以分号分隔）、merged 并入（related 填并入的学校）、
moved 划转（related 填划入的县，自某月1日起）、closed 撤销。变更自 date 起生效，之前的月份不变；有一处错误则一项也不登记。";

/// The table of events.
const TABLE: Register = Register {
    columns: &[
        ("date", "日期"),
        ("school_code", "学校标识码"),
        ("event", "事项"),
        ("name", "学校名称"),
        ("school_type", "办学类型"),
        ("organiser_type", "举办者类型"),
        ("urban_rural_code", "城乡分类代码"),
        ("group", "教育集团"),
        ("group_role", "集团中的角色"),
        ("related", "相关学校或县"),
        ("document", "文件"),
    ],
    required: &["date", "school_code", "event"],
};

/// Kinds of events, by id and as people call them.
const KINDS: [(&str, &str); 10] = [
    ("opened", "开办"),
    ("renamed", "更名"),
    ("retyped", "变更办学类型"),
    ("reclassified", "变更举办者类型或城乡分类"),
    ("joined_group", "加入教育集团"),
    ("left_group", "退出教育集团"),
    ("split", "分立"),
    ("merged", "并入"),
    ("moved", "划转"),
    ("closed", "撤销"),
];

/// Arguments of `junheng schools record`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[arg(value_name = "FILE.csv", help = "变更文件")]
    file: PathBuf,
    #[arg(long, value_parser = args::county, help = "县的六位行政区划代码")]
    county: RegionCode,
    #[arg(long, help = "只检查，不登记")]
    validate_only: bool,
    #[arg(long, value_name = "URL", default_value = server::INGEST, help = "接收服务的地址")]
    server: String,
    #[arg(long, value_name = "ID", value_parser = args::request_id, help = "请求编号，1 至 64 个字母、数字、. _ -；不给出时自动生成")]
    request_id: Option<String>,
    #[arg(long, help = "输出 JSON（protobuf 的规范形式）")]
    json: bool,
}

/// Records.
pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let file = File::read(&args.file)?;
    let Read { events, paths, findings: local } = read(&file.name(), &file.bytes);
    let faulty: Vec<String> = local.iter().filter_map(|finding| finding.school.clone()).collect();
    let local = Findings::made(&local);
    local.tell();
    let refused = local.refuse();
    if refused && events.is_empty() {
        return Err(Failure::Told);
    }
    let request_id = request_id::or_new(args.request_id);
    let request = RecordSchoolEventsRequest {
        parent: name::region(&args.county),
        events: events.iter().map(|event| school_event::encode(event, &args.county, None)).collect(),
        request_id: request_id.clone(),
        // What can be read is checked in any case, so that all faults are told at once.
        validate_only: args.validate_only || refused,
    };
    let client = server::connect(&args.server).await?;
    let done = client.record_school_events(request).await;
    let done = done.inspect_err(|error| request_id::advise(error, &request_id))?;
    let mut told = Findings::new(&done.findings, &done.finding_groups);
    told.locate("events", &paths);
    told.place(column, ToOwned::to_owned);
    // What is missing of a school's events because of a fault told above is no fault of its other events.
    told.leave_out_schools(&faulty);
    told.tell();
    if refused || told.refuse() {
        return Err(Failure::Told);
    }
    if args.json {
        return output::print(&serde_json::to_string_pretty(&done)?);
    }
    let months = if done.touched_months.is_empty() { "无".to_owned() } else { done.touched_months.join("、") };
    let (done, count) = (if args.validate_only { "可以登记" } else { "已登记" }, events.len());
    output::print(&format!("{}：{done}变更{count}项，重新评估的月份：{months}", args.county))
}

/// The column of a file for a field of a message: whatever an event names stands in one.
fn column(path: &str) -> String {
    match path.rsplit_once('.') {
        Some((row, "school")) => format!("{row}.school_code"),
        Some((row, "moved_to" | "moved_from" | "merged_into" | "split")) => format!("{row}.related"),
        _ => path.to_owned(),
    }
}

/// What stands in a file.
#[derive(Debug, Default)]
struct Read {
    events: Vec<SchoolEvent>,
    /// Where each event stands.
    paths: Vec<String>,
    findings: Vec<Finding>,
}

fn read(file: &str, bytes: &[u8]) -> Read {
    let mut read = Read::default();
    let findings = read_register(file, bytes, &TABLE, |row, findings| {
        let path = row.path();
        if let Some(event) = event(&path, |column| row.text(column), findings) {
            read.events.push(event);
            read.paths.push(path);
        }
    });
    Read { findings, ..read }
}

/// Reads a row, with every fault of it.
fn event<'a>(path: &str, cell: impl Fn(&str) -> &'a str, findings: &mut Vec<Finding>) -> Option<SchoolEvent> {
    let mut add = |field: &str, fault: Fault| {
        let finding = Finding::of(fault, format!("{path}.{field}")).of_school_written(cell("school_code"));
        findings.push(finding.found(cell(field)));
    };
    let day = parse_day(cell("date"));
    if day.is_none() {
        add("date", Fault::Date { what: Term::new("变更日期", "The day of the event") });
    }
    let known = KINDS.iter().find(|(id, title)| [*id, *title].contains(&cell("event")));
    let kind = known.map_or("", |(id, _)| *id);
    if known.is_none() {
        add("event", Fault::EventKind { kinds: Term::list(&KINDS.map(|(id, title)| format!("{id} {title}"))) });
    }
    if ["opened", "renamed"].contains(&kind) && cell("name").is_empty() {
        add("name", Fault::SchoolName);
    }
    if kind == "joined_group" && cell("group").is_empty() {
        add("group", Fault::GroupRole);
    }
    let related = related(kind, cell("related"));
    if ["split", "merged", "moved"].contains(&kind) && related.is_none() {
        add("related", Fault::EventRelated { kind: kind.into() });
    }
    let text = |column: &str| cell(column).to_owned();
    let typed = ["opened", "retyped"].contains(&kind);
    let row = SchoolRow {
        path: path.to_owned(),
        code: text("school_code"),
        name: text("name"),
        // Of other events the type is not read.
        school_type: if typed { text("school_type") } else { "211".to_owned() },
        organiser_type: text("organiser_type"),
        urban_rural_code: text("urban_rural_code"),
        group: text("group"),
        group_role: text("group_role"),
        ..SchoolRow::default()
    };
    let (schools, faults) = check_school_rows(&[row]);
    findings.extend(faults);
    let school = schools.into_iter().next()?;
    let change = related.or_else(|| change(kind, &school))?;
    Some(SchoolEvent { school: school.code, day: day?, document: text("document"), change })
}

/// A change that names another school or county.
fn related(kind: &str, related: &str) -> Option<Change> {
    let schools =
        || -> Option<Vec<SchoolCode>> { related.split([';', '；']).map(|code| code.trim().parse().ok()).collect() };
    match kind {
        "split" => schools().map(Change::Split),
        "merged" => related.parse().ok().map(Change::Merged),
        "moved" => related.parse().ok().map(Change::MovedTo),
        _ => None,
    }
}

fn change(kind: &str, school: &School) -> Option<Change> {
    let attributes = Attributes::from(school);
    match kind {
        "opened" => Some(Change::Opened(attributes)),
        "renamed" => Some(Change::Renamed(attributes.name)),
        "retyped" => Some(Change::Retyped(attributes.school_type)),
        "reclassified" => Some(Change::Reclassified {
            organiser_type: attributes.organiser_type,
            urban_rural_code: attributes.urban_rural_code,
        }),
        "joined_group" => attributes.group.map(Change::JoinedGroup),
        "left_group" => Some(Change::LeftGroup),
        "closed" => Some(Change::Closed),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_event_is_read() {
        let text = "\u{feff}date,school_code,event,name,school_type,organiser_type,group,group_role,related,document\n\
            2024-09-01,2121000009,opened,新城小学,211,7,实验集团,head,,文1\n\
            2024-09-01,2121000001,renamed,新名,,,,,,\n\
            2024-09-01,2121000001,retyped,,312,,,,,\n\
            2024-09-01,2121000001,reclassified,,,10,,,,\n\
            2024-09-01,2121000001,joined_group,,,,实验集团,branch,,\n\
            2024-09-01,2121000001,left_group,,,,,,,\n\
            2024-09-01,2121000001,split,,,,,,2121000001；2121000002,\n\
            2024-09-01,2121000001,merged,,,,,,2121000002,\n\
            2024-09-01,2121000001,moved,,,,,,210921,\n\
            2024-09-01,2121000001,撤销,,,,,,,\n";

        let read = read("e.csv", text.as_bytes());

        assert_eq!(read.findings, []);
        let kinds: Vec<_> = read.events.iter().map(|event| event.change.kind()).collect();
        let expected: Vec<_> = KINDS.map(|(kind, _)| if kind == "moved" { "moved_to" } else { kind }).to_vec();
        assert_eq!(kinds, expected);
        assert_eq!((read.events[0].document.as_str(), read.paths[9].as_str()), ("文1", "e.csv:11"));
    }

    #[test]
    fn every_fault_of_a_file_is_found_at_once() {
        let rules = |text: &str| -> Vec<String> {
            read("e.csv", text.as_bytes()).findings.into_iter().map(|finding| finding.rule).collect()
        };
        let text = "date,school_code,event,name,school_type,group,related\n\
            x,21,renamed,,,,\n\
            2024-09-01,2121000001,moved,,,,阜蒙\n\
            2024-09-01,2121000001,retyped,,999,,\n\
            2024-09-01,2121000001,joined_group,,,,\n\
            2024-09-01,2121000001,burnt,,,,\n";

        let expected =
            ["date", "school_name", "school_code", "event_related", "school_type", "group_role", "event_kind"];
        assert_eq!(rules(text), expected);
        assert_eq!(rules("date,event,x\n"), ["column_required"]);
        assert_eq!(rules("date,school_code,event\n"), ["file_empty"]);
    }
}
