//! `junheng standards compare`.

use junheng_proto::evaluation::v1::{
    CompareStandardsRequest, CompareStandardsResponse, StandardChange, StandardDifference,
};
use junheng_wire::{name, standard::encode_difference};

use super::find;
use crate::{failure::Failure, output, server};

pub(super) const EXAMPLES: &str = "\
示例：
  junheng standards compare national-quality-2017 省标准.toml
  junheng standards compare national-quality-2017 liaoning-2025 --server http://127.0.0.1:50052
  junheng standards compare 旧.toml 新.toml --json

按含义比较，与写法无关；编号本身和扩展关系不列出。";

/// Arguments of `junheng standards compare`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[arg(value_name = "ID|FILE.toml", help = "前一份标准：编号或 TOML 文件")]
    before: String,
    #[arg(value_name = "ID|FILE.toml", help = "后一份标准：编号或 TOML 文件")]
    after: String,
    #[arg(long, value_name = "URL", help = "评估服务的地址：比较服务上的两份标准（只用编号）；不给出时在本机比较")]
    server: Option<String>,
    #[arg(long, help = "输出 JSON")]
    json: bool,
}

/// Compares and prints.
pub(super) async fn run(args: &Args) -> Result<(), Failure> {
    let compared = if let Some(server) = &args.server {
        let request =
            CompareStandardsRequest { before: name::standard(&args.before), after: name::standard(&args.after) };
        server::connect(server).await?.compare_standards(request).await?
    } else {
        let (before, after) = (find(&args.before)?, find(&args.after)?);
        CompareStandardsResponse { differences: before.compare(&after).into_iter().map(encode_difference).collect() }
    };
    if args.json {
        return output::print(&serde_json::to_string_pretty(&compared)?);
    }
    if compared.differences.is_empty() {
        return output::print("两份标准没有不同之处");
    }
    let lines: Vec<_> = compared.differences.iter().map(line).collect();
    output::print(&lines.join("\n"))
}

fn line(difference: &StandardDifference) -> String {
    let StandardDifference { path, title, before, after, .. } = difference;
    match difference.change() {
        StandardChange::Added => format!("新增 {title}（{path}）\n    {after}"),
        StandardChange::Removed => format!("去掉 {title}（{path}）\n    {before}"),
        StandardChange::Changed | StandardChange::Unspecified => {
            format!("改动 {title}（{path}）\n    由 {before}\n    为 {after}")
        }
    }
}
