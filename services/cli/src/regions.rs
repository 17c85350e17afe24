//! `junheng regions`: registering regions.

use std::path::PathBuf;

use junheng_domain::{
    code::RegionCode,
    finding::{Fault, Finding},
};
use junheng_ingest::file::{Register, read_register};
use junheng_proto::ingest::v1::{ImportRegionsRequest, Region};
use junheng_wire::name;
use uuid::Uuid;

use crate::{failure::Failure, files::File, findings::Findings, output, server};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng regions import 区划.csv

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
}

#[derive(Debug, clap::Args)]
struct Import {
    #[arg(value_name = "FILE.csv", help = "行政区划文件")]
    file: PathBuf,
    #[arg(long, value_name = "URL", default_value = server::INGEST, help = "接收服务的地址")]
    server: String,
}

/// Registers.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let Command::Import(args) = args.command;
    let file = File::read(&args.file)?;
    let (regions, faults) = read(&file.name(), &file.bytes);
    Findings::made(&faults).tell();
    if !faults.is_empty() {
        return Err(Failure::Told);
    }
    let request = ImportRegionsRequest { regions, request_id: Uuid::new_v4().to_string() };
    let imported = server::connect(&args.server).await?.import_regions(request).await?;
    let (changed, same) = (imported.changed_count.unwrap_or_default(), imported.unchanged_count.unwrap_or_default());
    output::print(&format!("登记或更新行政区划{changed}个，{same}个未变"))
}

fn read(file: &str, bytes: &[u8]) -> (Vec<Region>, Vec<Finding>) {
    let mut regions = Vec::new();
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
        regions.extend(own.map(|code| Region {
            name: name::region(&code),
            display_name: row.text("name").to_owned(),
            parent: parent.as_ref().map(name::region).unwrap_or_default(),
            data_note: row.text("data_note").to_owned(),
            ..Region::default()
        }));
    });
    (regions, findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_may_name_its_parent_and_a_note() {
        let text = "\u{feff}code,name,parent,data_note\n210922,彰武县,,演示\n210999,示范区,210000,\n";

        let (regions, findings) = read("r.csv", text.as_bytes());

        assert_eq!(findings, []);
        assert_eq!((regions[0].name.as_str(), regions[0].data_note.as_str()), ("regions/210922", "演示"));
        assert_eq!((regions[0].parent.as_str(), regions[1].parent.as_str()), ("", "regions/210000"));
    }

    #[test]
    fn every_fault_of_a_file_is_found_at_once() {
        let rules = |text: &str| -> Vec<_> {
            read("r.csv", text.as_bytes()).1.into_iter().map(|finding| finding.rule).collect()
        };

        let faulty = "code,name,naem\n21,x,\n210922,y,z,w\n210000,,\n";
        assert_eq!(rules(faulty), ["column_known", "row_length", "region_code", "region_name"]);
        assert_eq!(rules("code,name\n"), ["file_empty"]);
    }

    #[test]
    fn each_column_that_is_missing_is_named_and_the_rows_are_not_told_of() {
        let (_, findings) = read("r.csv", "编号,县名\n21,\n".as_bytes());

        let told: Vec<_> = findings.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(told, ["表头缺少列“code（区划代码）”", "表头缺少列“name（名称）”"]);
        let text = Findings::made(&findings).text();
        assert!(text.contains("“code（区划代码）”") && text.contains("“name（名称）”"), "{text}");
    }
}
