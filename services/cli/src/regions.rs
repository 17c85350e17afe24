//! `junheng regions`: registering regions, and listing them.

use std::path::PathBuf;

use junheng_client::ClientError;
use junheng_domain::{
    code::RegionCode,
    finding::{Fault, Finding},
};
use junheng_ingest::file::{Register, read_register};
use junheng_proto::ingest::v1::{ImportRegionsRequest, ListRegionsRequest, Region};
use junheng_wire::name;
use uuid::Uuid;

use crate::{args, failure::Failure, files::File, findings::Findings, output, pages, server, table::Table};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng regions import 区划.csv
  junheng regions list 210900                 阜新市的各县；不给出代码时列出全部

文件为 UTF-8 或 GBK 编码的 CSV，表头为 code,name，另可有 parent 和 data_note；也可写作区划代码、名称、上级区划代码、数据说明：
  code,name
  210000,辽宁省
  210900,阜新市
  210922,彰武县
上级区划由代码推出，推不出的（功能区、省直管县）写在 parent 列；data_note 是凡展示该区划数据处都要印出的说明。";

/// The table of regions.
const TABLE: Register = Register {
    columns: &[("code", "区划代码"), ("name", "名称"), ("parent", "上级区划代码"), ("data_note", "数据说明")],
    required: &["code", "name"],
};

/// Arguments of `junheng regions`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    #[command(about = "登记文件中的行政区划", after_help = EXAMPLES)]
    Import(Import),
    #[command(about = "列出登记的行政区划")]
    List(List),
}

#[derive(Debug, clap::Args)]
struct Import {
    #[arg(value_name = "FILE.csv", help = "行政区划文件")]
    file: PathBuf,
    #[arg(long, value_name = "URL", default_value = server::INGEST, help = "接收服务的地址")]
    server: String,
}

#[derive(Debug, clap::Args)]
struct List {
    #[arg(value_parser = args::county, value_name = "REGION", help = "只列该区划直接下辖的；不给出时列出全部")]
    parent: Option<RegionCode>,
    #[arg(long, value_name = "URL", default_value = server::INGEST, help = "接收服务的地址")]
    server: String,
    #[arg(long, help = "输出 JSON（protobuf 的规范形式），一行一个")]
    json: bool,
}

/// Does what was asked.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    match args.command {
        Command::Import(args) => import(args).await,
        Command::List(args) => list(args).await,
    }
}

async fn list(args: List) -> Result<(), Failure> {
    let client = server::connect(&args.server).await?;
    let parent = args.parent.as_ref().map(name::region).unwrap_or_default();
    let regions = pages::all(async |page_token| {
        let request = ListRegionsRequest { parent: parent.clone(), page_size: pages::SIZE, page_token };
        let page = client.list_regions(request).await?;
        Ok((page.regions, page.next_page_token))
    })
    .await?;
    if args.json {
        return regions.iter().try_for_each(|region| output::print(&serde_json::to_string(region)?));
    }
    output::print(&text(&regions))
}

fn text(regions: &[Region]) -> String {
    let code = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    let mut table = Table::new(["代码", "名称", "上级", "说明"], &[]);
    for region in regions {
        let (name, note) = (region.display_name.clone(), region.data_note.clone());
        table.row([code(&region.name), name, code(&region.parent), note]);
    }
    let mut lines = table.lines("");
    lines.push(format!("共{}个", regions.len()));
    lines.join("\n")
}

/// Registers.
async fn import(args: Import) -> Result<(), Failure> {
    let file = File::read(&args.file)?;
    let (regions, paths, faults) = read(&file.name(), &file.bytes);
    Findings::made(&faults).tell();
    if !faults.is_empty() {
        return Err(Failure::Told);
    }
    let request = ImportRegionsRequest { regions, request_id: Uuid::new_v4().to_string() };
    let imported = server::connect(&args.server).await?.import_regions(request).await;
    let imported = imported.map_err(|error| located(error, &paths))?;
    let (changed, same) = (imported.changed_count.unwrap_or_default(), imported.unchanged_count.unwrap_or_default());
    output::print(&format!("登记或更新行政区划{changed}个，{same}个未变"))
}

/// Puts the places of a file where an error names regions of the request.
fn located(error: ClientError, paths: &[String]) -> ClientError {
    let ClientError::Service(mut service) = error else { return error };
    for (index, path) in paths.iter().enumerate() {
        service.localized_message = service.localized_message.replace(&format!("regions[{index}]"), path);
    }
    ClientError::Service(service)
}

/// The regions of a file, where each stands, and every fault.
fn read(file: &str, bytes: &[u8]) -> (Vec<Region>, Vec<String>, Vec<Finding>) {
    let (mut regions, mut paths) = (Vec::new(), Vec::new());
    let findings = read_register(file, bytes, &TABLE, |row, findings| {
        let mut code = |field: &str| -> Option<RegionCode> {
            let code = row.text(field).parse().ok();
            if code.is_none() {
                findings.push(Finding::of(Fault::RegionCode, row.at(field)).found(row.text(field)));
            }
            code
        };
        let own = code("code");
        let parent = if row.text("parent").is_empty() { None } else { code("parent") };
        if row.text("name").is_empty() {
            findings.push(Finding::of(Fault::RegionName, row.at("name")));
        }
        paths.extend(own.as_ref().map(|_| row.path()));
        regions.extend(own.map(|code| Region {
            name: name::region(&code),
            display_name: row.text("name").to_owned(),
            parent: parent.as_ref().map(name::region).unwrap_or_default(),
            data_note: row.text("data_note").to_owned(),
            ..Region::default()
        }));
    });
    (regions, paths, findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_may_name_its_parent_and_a_note() {
        let text = "\u{feff}code,name,parent,data_note\n210922,彰武县,,演示\n210999,示范区,210000,\n";

        let (regions, paths, findings) = read("r.csv", text.as_bytes());

        assert_eq!((findings, paths), (vec![], vec!["r.csv:2".to_owned(), "r.csv:3".to_owned()]));
        assert_eq!((regions[0].name.as_str(), regions[0].data_note.as_str()), ("regions/210922", "演示"));
        assert_eq!((regions[0].parent.as_str(), regions[1].parent.as_str()), ("", "regions/210000"));
    }

    #[test]
    fn every_fault_of_a_file_is_found_at_once() {
        let rules = |text: &str| -> Vec<_> {
            read("r.csv", text.as_bytes()).2.into_iter().map(|finding| finding.rule).collect()
        };

        let faulty = "code,name,naem\n21,x,\n210922,y,z,w\n210000,,\n";
        assert_eq!(rules(faulty), ["column_known", "row_length", "region_code", "region_name"]);
        assert_eq!(rules("code,name\n"), ["file_empty"]);
    }

    #[test]
    fn each_column_that_is_missing_is_named_and_the_rows_are_not_told_of() {
        let (.., findings) = read("r.csv", "数据说明,县名\n21,\n".as_bytes());

        let told: Vec<_> = findings.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(told, ["表头缺少列“code（区划代码）”", "表头缺少列“name（名称）”"]);
        let text = Findings::made(&findings).text();
        assert!(text.contains("“code（区划代码）”") && text.contains("“name（名称）”"), "{text}");
        let (.., findings) = read("r.csv", "编号,县名\n21,\n".as_bytes());
        let text = Findings::made(&findings).text();
        assert!(text.starts_with("发现1处错误") && text.contains("至少包括：code（区划代码）、name（名称）"), "{text}");
    }
}
