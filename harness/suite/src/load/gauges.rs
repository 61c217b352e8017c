//! What mocks and service use of the machine while a load goes on: [`read`].

use std::sync::Arc;

use dryrun_load::{Gauges, ReadGauges};
use dryrun_mocks::MockServer;
use dryrun_target::UsageReader;

use crate::station::Station;

/// Reads the gauges of a station; `pid` is the service's, when it is ours. Times of mocks count from here.
pub(crate) fn read(station: Arc<Station>, pid: Option<u32>) -> ReadGauges {
    let before = MockServer::timings(&station.mocks);
    let mut usage = pid.map(UsageReader::new);
    Box::new(move || {
        let service = usage.as_mut().and_then(UsageReader::read);
        Gauges {
            mocks_cpu_us: MockServer::cpu_us(&station.mocks).filter(|_| !station.mocks.is_empty()),
            service_cpu_us: service.map(|service| service.cpu_us),
            service_memory_kib: service.map(|service| service.memory_kib),
            mocks_p99_us: MockServer::timings(&station.mocks).since(&before).quantile_us(0.99),
        }
    })
}
