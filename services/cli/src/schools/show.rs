//! `junheng schools show`: a school's history, events and lineage.

use jiff::Timestamp;
use junheng_domain::code::{RegionCode, SchoolCode};
use junheng_proto::ingest::v1::{
    GetSchoolRequest, GetSchoolResponse, GroupRole, School, SchoolEvent, SchoolLink, SchoolLinkKind,
    school_event::Change,
};
use junheng_wire::{name, time};

use super::title;
use crate::{args, failure::Failure, output, server, table::Table};

pub(super) const EXAMPLES: &str = "\
示例：
  junheng schools show 210922 2121000001
  junheng schools show 210922 2121000001 --known-at 2025-01-05T08:00:00+08:00   当时登记的情况";

/// Arguments of `junheng schools show`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[arg(value_parser = args::county, help = "县的六位行政区划代码")]
    county: RegionCode,
    #[arg(value_parser = args::school, help = "学校标识码")]
    school: SchoolCode,
    #[arg(long, value_parser = args::instant, value_name = "INSTANT", help = "按当时登记的情况，如 2025-01-05T08:00:00+08:00；不给出时为现在")]
    known_at: Option<Timestamp>,
    #[arg(long, value_name = "URL", default_value = server::INGEST, help = "接收服务的地址")]
    server: String,
    #[arg(long, help = "输出 JSON（protobuf 的规范形式）")]
    json: bool,
}

/// Shows.
pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let request =
        GetSchoolRequest { name: name::school(&args.county, &args.school), known_at: args.known_at.map(time::encode) };
    let found = server::connect(&args.server).await?.get_school(request).await?;
    output::print(&if args.json { serde_json::to_string_pretty(&found)? } else { describe(&found) })
}

fn describe(found: &GetSchoolResponse) -> String {
    let school = found.school.clone().unwrap_or_default();
    let mut lines = vec![format!("{}（{}）", school.display_name, place(&school.name))];
    let mut periods = Table::new(["起", "止", "名称", "办学类型", "举办者类型", "城乡分类", "教育集团"], &[]);
    for period in &found.periods {
        let school = period.school.clone().unwrap_or_default();
        let organiser = if school.organiser_type == 0 { String::new() } else { school.organiser_type.to_string() };
        let group = group(&school);
        let cells = [&period.from_date, &period.to_date, &school.display_name, &school.school_type];
        periods.row(cells.map(Clone::clone).into_iter().chain([organiser, school.urban_rural_code, group]));
    }
    lines.push("办学情况（止日不含）：".to_owned());
    lines.extend(periods.lines("  "));
    if !found.events.is_empty() {
        let mut events = Table::new(["日期", "学校", "变更", "内容", "文号"], &[]);
        for event in &found.events {
            let (kind, content) = content(event);
            let code = event.school.rsplit('/').next().unwrap_or_default().to_owned();
            events.row([event.date.clone(), code, title(kind).to_owned(), content, event.document.clone()]);
        }
        lines.push("变更：".to_owned());
        lines.extend(events.lines("  "));
    }
    for (heading, links) in [("前身：", &found.predecessors), ("后续：", &found.successors)] {
        if !links.is_empty() {
            lines.push(heading.to_owned());
            lines.extend(links.iter().map(link));
        }
    }
    lines.join("\n")
}

/// `regions/210922/schools/2121000001` as people read it: 210922，2121000001.
fn place(name: &str) -> String {
    let parts: Vec<&str> = name.split('/').collect();
    match parts[..] {
        [_, county, _, school] => format!("{county}，{school}"),
        [_, region] => region.to_owned(),
        _ => name.to_owned(),
    }
}

fn group(school: &School) -> String {
    role(&school.group, school.group_role())
}

fn role(group: &str, role: GroupRole) -> String {
    match role {
        GroupRole::Head => format!("{group}（龙头校）"),
        GroupRole::Branch => format!("{group}（成员校）"),
        GroupRole::Unspecified => group.to_owned(),
    }
}

fn content(event: &SchoolEvent) -> (&'static str, String) {
    match &event.change {
        Some(Change::Opened(school)) => ("opened", format!("{} {}", school.display_name, school.school_type)),
        Some(Change::Renamed(name)) => ("renamed", name.clone()),
        Some(Change::Retyped(school_type)) => ("retyped", school_type.clone()),
        Some(Change::Reclassified(class)) => {
            ("reclassified", format!("举办者类型{}，城乡分类{}", class.organiser_type, class.urban_rural_code))
        }
        Some(Change::JoinedGroup(group)) => ("joined_group", role(&group.name, group.role())),
        Some(Change::LeftGroup(_)) => ("left_group", String::new()),
        Some(Change::Split(split)) => {
            ("split", split.parts.iter().map(|part| place(part)).collect::<Vec<_>>().join("；"))
        }
        Some(Change::MergedInto(into)) => ("merged", place(into)),
        Some(Change::MovedTo(county)) => ("moved_to", place(county)),
        Some(Change::MovedFrom(county)) => ("moved_from", place(county)),
        Some(Change::Closed(_)) | None => ("closed", String::new()),
    }
}

fn link(link: &SchoolLink) -> String {
    let how = match link.kind() {
        SchoolLinkKind::Moved => "划转为",
        SchoolLinkKind::Split => "分立出",
        SchoolLinkKind::Merged => "并入",
        SchoolLinkKind::Unspecified => "成为",
    };
    let school = |title: &str, name: &str| format!("{title}（{}）", place(name));
    let from = school(&link.from_display_name, &link.from_school);
    format!("  {}  {from}{how}{}", link.date, school(&link.to_display_name, &link.to_school))
}
