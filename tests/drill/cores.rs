//! Processes on cores of their own, and what they use of them.

use std::{
    fs,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use junheng_e2e::postgres::Cluster;

/// Keeps a process on some cores; `false` where the system does not let us.
pub(crate) fn pin(process: u32, cores: &str) -> bool {
    let mut command = Command::new("taskset");
    command.args(["-acp", cores, &process.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Keeps a server and its processes on some cores; those that it starts later stay there, too.
pub(crate) fn pin_cluster(cluster: &Cluster, cores: &str) -> bool {
    let first = postmaster(cluster);
    children(first).into_iter().chain([first]).all(|process| pin(process, cores))
}

/// What the load, the program and PostgreSQL had used of processors at an instant.
#[derive(Clone, Copy)]
pub(crate) struct Used {
    at: Instant,
    ticks: [u64; 3],
}

impl Used {
    pub(crate) fn by(program: u32, cluster: &Cluster) -> Self {
        let first = postmaster(cluster);
        let server = children(first).into_iter().map(|process| ticks(process, 2)).sum::<u64>();
        // Of those that ended the first one knows.
        let server = server + ticks(first, 4);
        Self { at: Instant::now(), ticks: [ticks(std::process::id(), 2), ticks(program, 2), server] }
    }

    /// Percent of a core since then, of each.
    #[expect(clippy::cast_precision_loss, reason = "a figure of a drill")]
    pub(crate) fn since(self, before: Self) -> [f64; 3] {
        let time = (self.at - before.at).max(Duration::from_millis(1)).as_secs_f64();
        let share = |place: usize| self.ticks[place].saturating_sub(before.ticks[place]) as f64 / time;
        // A tick is a hundredth of a second.
        [share(0), share(1), share(2)]
    }
}

fn postmaster(cluster: &Cluster) -> u32 {
    let file = fs::read_to_string(cluster.socket().with_file_name("data").join("postmaster.pid")).unwrap();
    file.lines().next().unwrap().parse().unwrap()
}

fn children(process: u32) -> Vec<u32> {
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
    children.split_whitespace().filter_map(|child| child.parse().ok()).collect()
}

/// Time that a process spent, in and out of the kernel; with 4 also what its ended children spent. None of one that is gone.
fn ticks(process: u32, fields: usize) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let after_name = stat.rsplit(") ").next().unwrap_or_default();
    after_name.split(' ').skip(11).take(fields).filter_map(|field| field.parse::<u64>().ok()).sum()
}
