//! `junheng template`: a workbook for one county and month, to fill in.

use std::path::{Path, PathBuf};

use junheng_domain::code::{Month, RegionCode};
use junheng_proto::ingest::v1::GetTemplateRequest;
use junheng_wire::name;

use crate::{args, failure::Failure, files, output, server};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng template 210922 --month 2024-12                   写入 210922-2024-12-彰武县-报送表.xlsx
  junheng template 210922 --month 2024-12 -o 报送表.xlsx

表中已列出该月在办的已登记学校和上次报送的数据；县级指标为该县该月现行标准所需的要素。填写后：
  junheng check 报送表.xlsx                                 不联网检查
  junheng push 报送表.xlsx                                  报送";

/// Arguments of `junheng template`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(value_parser = args::county, help = "县的六位行政区划代码")]
    county: RegionCode,
    #[arg(long, value_parser = args::month, help = "月份，如 2024-12")]
    month: Month,
    #[arg(long, value_name = "ID", help = "评估标准的编号 [默认：该县该月现行的全部标准]")]
    standard: Option<String>,
    #[arg(short, long, value_name = "FILE", help = "写入哪个文件 [默认：以县、月命名]")]
    output: Option<PathBuf>,
    #[arg(long, value_name = "URL", default_value = server::INGEST, help = "接收服务的地址")]
    server: String,
}

/// Gets the workbook and writes it.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let request = GetTemplateRequest {
        region: name::region(&args.county),
        month: args.month.to_string(),
        standard: args.standard.as_deref().map(name::standard).unwrap_or_default(),
    };
    let template = server::connect(&args.server).await?.get_template(request).await?;
    // Only the last part of what the service calls it: a name, never a path.
    let named = Path::new(&template.file_name).file_name().unwrap_or("template.xlsx".as_ref());
    let path = args.output.unwrap_or_else(|| PathBuf::from(named));
    files::write(&path, &template.content)?;
    output::tell(&format!("模板已写入 {}", path.display()));
    Ok(())
}
