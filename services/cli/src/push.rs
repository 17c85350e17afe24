//! `junheng push`: sends county months to the ingest service.

use std::path::{Path, PathBuf};

use futures::{StreamExt as _, stream};
use indicatif::{ProgressBar, ProgressStyle};
use junheng_client::{Client, ClientError, Journal, Outcome, Progress, Sending, Submitted};
use junheng_domain::code::{Month, RegionCode};
use junheng_ingest::file::{MAX_FILE_BYTES, MAX_FILES};
use junheng_proto::ingest::v1::{Acknowledgement, ImportFileHeader, Receipt, SubmissionMode, SubmitMonthRequest};

use crate::{
    acknowledge, args,
    county_month::{self, CountyMonth},
    failure::Failure,
    files::{self, File},
    findings::Findings,
    output,
    removals::Removals,
    server,
};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng push 210922-2024-12-彰武县-报送表.xlsx                              用 junheng template 取得的模板
  junheng push 学校.csv 指标.csv --county 210922 --month 2024-12
  junheng push 学校.csv --county 210922 --month 2024-12 --validate-only      只校验，不写入
  junheng push 报送表.xlsx --annotated 问题.xlsx                              把问题批注在单元格上，另存一份
  junheng push 数据/*.csv                                                    文件名为 210922-2024-12-学校.csv 的形式
  junheng push 更正.csv --county 210922 --month 2024-12 --merge --base-revision 1
                                                                             只更正文件中的学校和要素，其余不变
  junheng push --county 210922 --month 2024-12 --merge --clear 2121000001.books --remove-item G7.special_education_pupils
                                                                             更正：清空一个要素，撤回一个县级指标要素
  junheng push 学校.csv --county 210922 --month 2024-12 --acknowledge 'school_left_out=该校停办，手续办理中'

工作簿须为 .xlsx；CSV 文件为 UTF-8 或 GBK 编码，学校文件和指标文件按表头区分。一个县一个月是一次完整的报送：文件中没有的已登记学校按全部缺失处理。
每次执行是一次新的报送：内容相同也会成为新的一版。结果不明（如断网）时，用 --request-id 带上提示的编号重新执行，
得到的是第一次的答复，不会重复。
更正（--merge）时，空单元格和没有的列保持现行版本的值；要清空或移除的，用 --clear、--remove-school、--remove-item 指明，可以不给出文件。
给出 --base-revision 的，该月的最新版本不是它时不写入。
有警告而没有确认的，报送留存待确认，数据暂不采用；用 junheng acknowledge 确认并说明理由。
给出 --journal 时，程序在该文件中记下每个县月的请求编号：中断后重新执行同一命令，内容没有变动的县月（以文件为准）不会成为新的一版；
内容变动的、上次被退回的，是新的报送；接收之后已撤回的、待确认期间已被取代的，不再报送，须另给 --request-id。同一时刻只能有一个程序使用该文件。
凡有一个县月被退回、待确认或没有报送，退出码为 1。";

/// Arguments of `junheng push`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(
        required_unless_present = "merge",
        value_name = "FILE",
        help = "工作簿（.xlsx），或学校文件、指标文件（.csv）"
    )]
    files: Vec<PathBuf>,
    #[arg(long, value_parser = args::county, help = "县的六位行政区划代码；不给出时取自文件名或工作簿")]
    county: Option<RegionCode>,
    #[arg(long, value_parser = args::month, help = "月份，如 2024-12；不给出时取自文件名或工作簿")]
    month: Option<Month>,
    #[arg(long, value_name = "URL", default_value = server::INGEST, help = "接收服务的地址")]
    server: String,
    #[arg(long, help = "只校验，不写入")]
    validate_only: bool,
    #[arg(long, value_name = "ID", value_parser = args::request_id, help = "请求编号，1 至 64 个字母、数字、. _ -；只用于一个县一个月；不给出时自动生成")]
    request_id: Option<String>,
    #[arg(long, value_name = "FILE", help = "报送记录文件，中断后据以续报；不存在时新建")]
    journal: Option<PathBuf>,
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64), help = "同时报送几个县；同一县的各月由早到晚依次报送")]
    concurrency: u16,
    #[arg(long, value_name = "DIR", help = "把回执存到该文件夹，文件名为 210922-2024-12-第1版-回执.json")]
    receipts: Option<PathBuf>,
    #[arg(
        long,
        value_name = "OUT.xlsx",
        help = "把服务发现的问题批注在单元格上，写入该文件；只用于一个县一个月的文件"
    )]
    annotated: Option<PathBuf>,
    #[arg(long, help = "只更正文件中的学校和要素，其余保持现行版本")]
    merge: bool,
    #[arg(
        long,
        value_name = "N",
        help = "所见的最新版本号，0 表示尚无；该月的最新版本不是它时不写入；只用于一个县一个月"
    )]
    base_revision: Option<u32>,
    #[command(flatten)]
    removals: Removals,
    #[command(flatten)]
    reasons: acknowledge::Reasons,
}

/// Reads, sends, and tells what became of each.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let files = File::read_all(&args.files)?;
    let without_files = files.is_empty();
    let mut months = county_month::gather(files, args.county.as_ref(), args.month)?;
    if without_files {
        months.push(correction_without_files(&args)?);
    }
    if !args.removals.is_empty() && months.len() != 1 {
        let told = "--remove-school、--remove-item、--clear 只用于一个县一个月";
        return Err(Failure::Usage(told.to_owned()));
    }
    if let Some(id) = &args.request_id {
        let [month] = months.as_mut_slice() else {
            return Err(Failure::Usage("--request-id 只用于一个县一个月".to_owned()));
        };
        month.request.request_id.clone_from(id);
    }
    if args.base_revision.is_some() && months.len() != 1 {
        return Err(Failure::Usage("--base-revision 只用于一个县一个月".to_owned()));
    }
    if args.annotated.is_some() && (months.len() != 1 || without_files || args.removals.clear()) {
        return Err(Failure::Usage("--annotated 只用于一个县一个月的文件，不能与 --clear 同用".to_owned()));
    }
    for month in &mut months {
        month.request.validate_only = args.validate_only;
        month.request.base_revision = args.base_revision;
        if args.merge {
            month.request.set_mode(SubmissionMode::Merge);
            args.removals.apply(&mut month.request);
        }
        month.request.acknowledgements.clone_from(&args.reasons.acknowledgements);
    }
    if let Some(folder) = &args.receipts {
        std::fs::create_dir_all(folder).map_err(|error| Failure::file("建立", folder, &error))?;
    }
    let refused = push(&args, months).await?;
    if refused == 0 { Ok(()) } else { Err(Failure::Told) }
}

/// A correction that only takes something out.
fn correction_without_files(args: &Args) -> Result<CountyMonth, Failure> {
    match (&args.county, args.month) {
        (Some(county), Some(month)) if !args.removals.is_empty() => Ok(CountyMonth::without_files(county, month)),
        _ => Err(Failure::Usage(
            "没有文件的更正，请给出 --county、--month，以及 --remove-school、--remove-item 或 --clear".to_owned(),
        )),
    }
}

/// Sends what can be sent; returns how many were refused or failed.
async fn push(args: &Args, months: Vec<CountyMonth>) -> Result<usize, Failure> {
    // What has errors goes as files, too: the service keeps it with all that it finds, so that the month shows as refused, not as missing. What
    // goes as rows would go without what could not be read.
    let as_rows = |month: &CountyMonth| {
        let bytes: usize = month.files.iter().map(|file| file.content.len()).sum();
        // An element is cleared in the row of its school; more files, and larger ones, are not taken.
        args.removals.clear() || month.files.len() > MAX_FILES || bytes > MAX_FILE_BYTES
    };
    let (unsendable, mut sendable): (Vec<_>, Vec<_>) =
        months.into_iter().partition(|month| as_rows(month) && Findings::made(&month.findings).refuse());
    let mut refused = unsendable.len();
    for month in &unsendable {
        output::tell(&format!("{} 没有报送：文件有错误", label(&month.request.region, &month.request.month)));
        Findings::made(&month.findings).tell();
    }
    for (file, encoding) in sendable.iter().flat_map(CountyMonth::encodings) {
        output::tell(&format!("文件 {file} 按 {} 编码读取", encoding.name()));
    }
    if sendable.is_empty() {
        return Ok(refused);
    }
    for month in sendable.iter().filter(|month| !month.reading.with_schools && !args.merge) {
        let label = label(&month.request.region, &month.request.month);
        output::tell(&format!("注意：{label} 没有学校文件，已登记学校在该月将全部按缺失处理"));
    }
    let mut client: Client = server::connect(&args.server).await?;
    if let Some(path) = &args.journal {
        client = client.with_journal(Journal::open(path).map_err(ClientError::from)?);
    }
    // Each county's months oldest first, and beside each month those of other counties, which go at the same time.
    sendable.sort_by(|a, b| order(&a.request).cmp(&order(&b.request)));
    if let (Some(path), [month]) = (&args.annotated, sendable.as_slice()) {
        // Before its own push changes what it is held against.
        annotate(&client, month, path).await?;
    }
    // What is sent is let go when it is done; where it stands in the files is kept for what is found.
    let sending = |month: &mut CountyMonth| {
        let rows = as_rows(month);
        let (request, files) = (std::mem::take(&mut month.request), std::mem::take(&mut month.files));
        Sending { request, files: if rows { vec![] } else { files } }
    };
    let requests: Vec<_> = sendable.iter_mut().map(sending).collect();
    let bar = progress(requests.len());
    let beside = bar.clone();
    client = client.with_observer(move |retrying| beside.suspend(|| output::tell(&server::waiting(retrying))));
    let mut outcomes = std::pin::pin!(client.submit_many(stream::iter(requests), args.concurrency.into()));
    while let Some(mut submitted) = outcomes.next().await {
        acknowledge::all(&client, &mut submitted, args.reasons.all.as_deref()).await;
        let told = bar.suspend(|| tell(&submitted, sendable.get(submitted.index), &args.reasons.acknowledgements))?;
        refused += usize::from(!told);
        if let (Some(folder), Ok(Outcome::Accepted(receipt))) = (&args.receipts, &submitted.outcome) {
            keep(folder, &submitted, receipt)?;
        }
        let progress = submitted.progress;
        let Progress { accepted, refused, held, failed, .. } = progress;
        bar.set_message(format!("已接收{accepted} 退回{refused} 待确认{held} 失败{failed}"));
        bar.set_position(progress.done.try_into().unwrap_or(u64::MAX));
    }
    bar.finish_and_clear();
    Ok(refused)
}

/// Writes the workbook with what the service finds at each cell; where it finds nothing there is none.
async fn annotate(client: &Client, month: &CountyMonth, path: &Path) -> Result<(), Failure> {
    let submission =
        SubmitMonthRequest { schools: vec![], items: vec![], validate_only: true, ..month.request.clone() };
    let header = ImportFileHeader { submission: Some(submission), annotate: true };
    let made = client.import_file(header, month.files.clone()).await?;
    if made.annotated.is_empty() {
        output::tell("没有问题，没有写出带批注的工作簿");
        return Ok(());
    }
    files::write(path, &made.annotated)?;
    output::tell(&format!("带批注的工作簿已写入 {}", path.display()));
    Ok(())
}

/// Keeps a receipt as a file; one that was only validated is none.
fn keep(folder: &Path, submitted: &Submitted, receipt: &Receipt) -> Result<(), Failure> {
    let Some(revision) = receipt.revision else { return Ok(()) };
    let county = submitted.region.rsplit('/').next().unwrap_or_default();
    let path = folder.join(format!("{county}-{}-第{revision}版-回执.json", submitted.month));
    files::write(&path, serde_json::to_string_pretty(receipt)?.as_bytes())
}

fn order(request: &SubmitMonthRequest) -> (&str, &str) {
    (&request.month, &request.region)
}

/// A bar on stderr where that is a terminal, else nothing.
fn progress(count: usize) -> ProgressBar {
    let bar = ProgressBar::new(count.try_into().unwrap_or(u64::MAX));
    match ProgressStyle::with_template("报送 {bar:30} {pos}/{len} {msg} 用时{elapsed}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Tells what became of a month; returns whether it was accepted.
fn tell(submitted: &Submitted, sent: Option<&CountyMonth>, given: &[Acknowledgement]) -> Result<bool, Failure> {
    let label = label(&submitted.region, &submitted.month);
    match &submitted.outcome {
        Ok(Outcome::Accepted(receipt)) => {
            output::print(&format!("{label} {}", accepted(receipt)))?;
            acknowledge::tell_unmatched(given, &receipt.findings, &receipt.finding_groups);
            let warned = located(Findings::new(&receipt.findings, &receipt.finding_groups), sent);
            if let Some(text) = warned.settled() {
                output::tell(&text);
            }
            Ok(true)
        }
        Ok(Outcome::Refused(refusal)) => {
            let kept = match refusal.submission.as_str() {
                "" => "校验未通过".to_owned(),
                name => format!("已退回，全部数据均未采用；留存为 {name}"),
            };
            output::tell(&format!("{label} {kept}"));
            acknowledge::tell_unmatched(given, &refusal.findings, &refusal.finding_groups);
            located(Findings::new(&refusal.findings, &refusal.finding_groups), sent).tell();
            if !refusal.submission.is_empty() {
                output::tell("更正数据或学校登记后，请重新报送");
            }
            Ok(false)
        }
        Ok(Outcome::Held(held)) => {
            output::tell(&format!("{label} {}", acknowledge::advice(held)));
            acknowledge::tell_unmatched(given, &held.findings, &held.finding_groups);
            located(Findings::new(&held.findings, &held.finding_groups), sent).tell();
            Ok(false)
        }
        Err(error) => {
            output::tell(&format!("{label} 没有报送成功，请求编号 {}", submitted.request_id));
            Failure::told_of(error);
            Ok(false)
        }
    }
}

fn label(region: &str, month: &str) -> String {
    format!("{} {month}", region.rsplit('/').next().unwrap_or_default())
}

pub(crate) fn accepted(receipt: &Receipt) -> String {
    let (schools, items) = (receipt.school_count.unwrap_or_default(), receipt.item_count.unwrap_or_default());
    let content = format!("学校{schools}所，县级指标要素{items}个，摘要 {}", receipt.content_digest);
    match receipt.revision {
        None => format!("校验通过：{content}"),
        Some(revision) => {
            let known = receipt.known_at.as_ref().and_then(junheng_wire::time::decode);
            let at = known.map(|instant| format!("，接收时间 {}", output::instant(instant))).unwrap_or_default();
            format!("已接收 {}，第{revision}版：{content}{at}", receipt.submission)
        }
    }
}

fn located(mut all: Findings, sent: Option<&CountyMonth>) -> Findings {
    if let Some(places) = sent.map(|month| &month.reading.places) {
        all.place(|path| places.path(path), |message| places.told(message));
    }
    all
}
