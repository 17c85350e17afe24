//! `junheng schools list`: the schools of a county.

use jiff::civil::Date;
use junheng_domain::code::RegionCode;
use junheng_proto::ingest::v1::{ListSchoolsRequest, School};
use junheng_wire::name;

use crate::{args, failure::Failure, output, pages, server, table::Table};

pub(super) const EXAMPLES: &str = "\
示例：
  junheng schools list 210922
  junheng schools list 210922 --on 2024-12-01      该日的情况：名称、类型，只列该日在办的";

/// Arguments of `junheng schools list`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[arg(value_parser = args::county, help = "县的六位行政区划代码")]
    county: RegionCode,
    #[arg(long, value_name = "DATE", help = "该日的情况，如 2024-12-01；不给出时为全部登记")]
    on: Option<Date>,
    #[arg(long, value_name = "URL", default_value = server::INGEST, help = "接收服务的地址")]
    server: String,
    #[arg(long, help = "输出 JSON（protobuf 的规范形式），一行一所")]
    json: bool,
}

/// Lists.
pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let client = server::connect(&args.server).await?;
    let request = ListSchoolsRequest {
        parent: name::region(&args.county),
        page_size: pages::SIZE,
        as_of_date: args.on.map(|day| day.to_string()).unwrap_or_default(),
        ..ListSchoolsRequest::default()
    };
    let schools = pages::all(async |page_token| {
        let page = client.list_schools(ListSchoolsRequest { page_token, ..request.clone() }).await?;
        Ok((page.schools, page.next_page_token))
    })
    .await?;
    if args.json {
        return schools.iter().try_for_each(|school| output::print(&serde_json::to_string(school)?));
    }
    output::print(&text(&schools))
}

fn text(schools: &[School]) -> String {
    let mut table = Table::new(["学校标识码", "名称", "办学类型", "教育集团", "开办", "撤销"], &[]);
    for school in schools {
        let code = school.name.rsplit('/').next().unwrap_or_default().to_owned();
        let cells = [&school.display_name, &school.school_type, &school.group, &school.opened_on, &school.closed_on];
        table.row(std::iter::once(code).chain(cells.map(Clone::clone)));
    }
    let mut lines = table.lines("");
    lines.push(format!("共{}所", schools.len()));
    lines.join("\n")
}
