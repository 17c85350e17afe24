//! `junheng statistics`: the statistics of a county's month as a workbook.

use std::path::{Path, PathBuf};

use junheng_domain::code::{Month, RegionCode};
use junheng_proto::reporting::v1::RenderMonthlyStatisticsRequest;
use junheng_wire::name;

use crate::{args, failure::Failure, files, output, server};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng statistics 210922 --month 2024-12                 写入 彰武县-2024-12-统计报表.xlsx
  junheng statistics 210922 --month 2024-12 -o 统计报表.xlsx

表中为该月现行的一版报送：各校各指标要素的原始填报数、按学段和办学类型的合计、县级指标、发现的问题和对警告的确认。没有报送的注明“未报送”。";

/// Arguments of `junheng statistics`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(value_parser = args::county, help = "县的六位行政区划代码")]
    county: RegionCode,
    #[arg(long, value_parser = args::month, help = "月份，如 2024-12")]
    month: Month,
    #[arg(short, long, value_name = "FILE", help = "写入哪个文件 [默认：以县、月命名]")]
    output: Option<PathBuf>,
    #[arg(long, value_name = "URL", default_value = server::REPORTING, help = "报告服务的地址")]
    server: String,
}

/// Gets the workbook and writes it.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let request = RenderMonthlyStatisticsRequest { region: name::region(&args.county), month: args.month.to_string() };
    let statistics = server::connect(&args.server).await?.render_monthly_statistics(request).await?;
    // Only the last part of what the service calls it: a name, never a path.
    let named = Path::new(&statistics.file_name).file_name().unwrap_or("statistics.xlsx".as_ref());
    let path = args.output.unwrap_or_else(|| PathBuf::from(named));
    files::write(&path, &statistics.content)?;
    output::tell(&format!("统计报表已写入 {}（{}）", path.display(), statistics.submission));
    Ok(())
}
