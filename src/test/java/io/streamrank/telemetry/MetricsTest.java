package io.streamrank.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.contract.Rejection.Reason;
import io.streamrank.ingest.DirectReport;
import io.streamrank.ingest.Health;
import io.streamrank.ingest.Load;
import io.streamrank.ingest.PipelineObserver.Rebalance;
import io.streamrank.ingest.RolloutReport;
import io.streamrank.testing.TestingReranker;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MetricsTest {
    private final TestingMetrics all = new TestingMetrics();

    @AfterEach
    void close() {
        all.close();
    }

    @Test
    void countsWhatTransactionsBring() {
        all.observer.committed(TestingReports.report(
                all.model.model(), Map.of(Reason.UNSCORABLE, 1, Reason.UNKNOWN_MODEL, 2, Reason.UNDECODABLE, 3)));

        assertThat(all.lines())
                .contains(
                        "streamrank_requests_total{model=\"minilm\",outcome=\"ranked\",revision=\"0123456789ab\"} 3.0",
                        "streamrank_requests_total{model=\"minilm\",outcome=\"expired\",revision=\"0123456789ab\"} 2.0",
                        "streamrank_requests_total{model=\"minilm\",outcome=\"dead_letter\",revision=\"0123456789ab\"} 1.0",
                        "streamrank_requests_total{model=\"none\",outcome=\"dead_letter\",revision=\"none\"} 5.0",
                        "streamrank_requests_total{model=\"mamba\",outcome=\"ranked\",revision=\"0123456789ab\"} 0.0",
                        "streamrank_dead_letters_total{model=\"minilm\",reason=\"unscorable\",revision=\"0123456789ab\"} 1.0",
                        "streamrank_dead_letters_total{model=\"none\",reason=\"unknown_model\",revision=\"none\"} 2.0",
                        "streamrank_dead_letters_total{model=\"none\",reason=\"undecodable\",revision=\"none\"} 3.0",
                        "streamrank_dead_letters_total{model=\"none\",reason=\"too_large\",revision=\"none\"} 0.0",
                        "streamrank_pairs_total{model=\"minilm\",revision=\"0123456789ab\"} 12.0",
                        "streamrank_duplicate_pairs_total{model=\"minilm\",revision=\"0123456789ab\"} 4.0",
                        "streamrank_truncated_pairs_total{model=\"minilm\",revision=\"0123456789ab\"} 1.0",
                        "streamrank_tokens_total{model=\"minilm\",revision=\"0123456789ab\"} 120.0",
                        "streamrank_tokens_read_total{model=\"minilm\",revision=\"0123456789ab\"} 60.0",
                        "streamrank_token_budget_total{model=\"minilm\",revision=\"0123456789ab\"} 100.0",
                        "streamrank_passes_total{model=\"minilm\",revision=\"0123456789ab\"} 2.0",
                        "streamrank_splits_total{model=\"minilm\",revision=\"0123456789ab\"} 3.0",
                        "streamrank_transactions_total{outcome=\"committed\"} 1.0",
                        "streamrank_transactions_total{outcome=\"aborted\"} 0.0",
                        "streamrank_transaction_events_sum 11.0");
    }

    @Test
    void timesRequestsUntilTheirCommit() {
        all.observer.committed(TestingReports.report(all.model.model(), Map.of()));

        assertThat(all.lines())
                .contains(
                        "streamrank_end_to_end_seconds_count{model=\"minilm\",revision=\"0123456789ab\"} 2",
                        "streamrank_end_to_end_seconds_sum{model=\"minilm\",revision=\"0123456789ab\"} 0.8",
                        "streamrank_end_to_end_seconds_bucket{model=\"minilm\",revision=\"0123456789ab\",le=\"0.25\"} 0",
                        "streamrank_end_to_end_seconds_bucket{model=\"minilm\",revision=\"0123456789ab\",le=\"0.5\"} 2",
                        "streamrank_queue_seconds_sum{model=\"minilm\",revision=\"0123456789ab\"} 0.07",
                        "streamrank_inference_seconds_sum{model=\"minilm\",revision=\"0123456789ab\"} 0.09",
                        "streamrank_publish_seconds_sum 0.06",
                        "streamrank_batch_fill_percent_bucket{model=\"minilm\",revision=\"0123456789ab\",le=\"50.0\"} 0",
                        "streamrank_batch_fill_percent_bucket{model=\"minilm\",revision=\"0123456789ab\",le=\"60.0\"} 1",
                        "streamrank_pass_pairs_sum{model=\"minilm\",revision=\"0123456789ab\"} 4.0",
                        "streamrank_last_commit_timestamp_seconds 1.7672256E9");
    }

    @Test
    void countsDirectRequestsApart() {
        all.observer.directEnded(
                new DirectReport(Optional.of(all.model.model()), DirectReport.Outcome.RANKED, Duration.ofMillis(250)));
        all.observer.directEnded(
                new DirectReport(Optional.empty(), DirectReport.Outcome.REJECTED, Duration.ofMillis(1)));

        assertThat(all.lines())
                .contains(
                        "streamrank_direct_requests_total{model=\"minilm\",outcome=\"ranked\",revision=\"0123456789ab\"} 1.0",
                        "streamrank_direct_requests_total{model=\"minilm\",outcome=\"abandoned\",revision=\"0123456789ab\"} 0.0",
                        "streamrank_direct_requests_total{model=\"none\",outcome=\"rejected\",revision=\"none\"} 1.0",
                        "streamrank_direct_seconds_sum{model=\"minilm\",revision=\"0123456789ab\"} 0.25",
                        "streamrank_direct_seconds_count{model=\"minilm\",revision=\"0123456789ab\"} 1",
                        "streamrank_requests_total{model=\"minilm\",outcome=\"ranked\",revision=\"0123456789ab\"} 0.0");
    }

    @Test
    void countsWhatGoesWrong() {
        all.observer.deliveryFailed();
        all.observer.deliveryFailed();
        all.observer.producerReplaced();
        all.observer.deviceRefused(all.other.model());
        all.observer.rebalanced(Rebalance.LOST);
        all.observer.ended(TestingReports.trace(3, null, null, 2));

        assertThat(all.lines())
                .contains(
                        "streamrank_transactions_total{outcome=\"aborted\"} 2.0",
                        "streamrank_producer_replacements_total 1.0",
                        "streamrank_device_retries_total{model=\"mamba\",revision=\"0123456789ab\"} 1.0",
                        "streamrank_device_retries_total{model=\"minilm\",revision=\"0123456789ab\"} 0.0",
                        "streamrank_rebalances_total{kind=\"lost\"} 1.0",
                        "streamrank_tokenize_seconds_sum 0.01");
    }

    @Test
    void showsHowTheWorkerIsAndWhatIsBeforeIt() {
        assertThat(all.lines())
                .contains(
                        "streamrank_worker_state{state=\"ready\"} 1.0",
                        "streamrank_worker_state{state=\"stuck\"} 0.0",
                        "streamrank_poll_age_seconds 1.5",
                        "streamrank_pass_age_seconds 0.25",
                        "streamrank_broker_age_seconds 2.0",
                        "streamrank_in_flight_events 3.0",
                        "streamrank_in_flight_bytes 4096.0",
                        "streamrank_in_flight_limit_bytes 1048576.0",
                        "streamrank_assigned_partitions 2.0",
                        "streamrank_paused_partitions 2.0",
                        "streamrank_lag_records{partition=\"0\"} 12.0",
                        "streamrank_lag_age_seconds{partition=\"0\"} 2.5",
                        "streamrank_lag_age_seconds{partition=\"4\"} 0.0",
                        "streamrank_throughput_state{state=\"ready\"} 1.0",
                        "streamrank_throughput_undecodable_total 2.0",
                        "streamrank_throughput_late_total 3.0",
                        "streamrank_build_info{version=\"1.2.3\"} 1");
    }

    @Test
    void forgetsPartitionsThatAreGone() {
        assertThat(all.lines()).anyMatch(line -> line.contains("partition=\"4\""));

        all.load = new Load(0, 0, false, List.of(new Load.Backlog(0, OptionalLong.empty(), null)));
        all.health = new Health(Health.State.STUCK, true, Duration.ZERO, Duration.ZERO, Duration.ZERO);

        assertThat(all.lines())
                .noneMatch(line -> line.contains("partition=\"4\""))
                .noneMatch(line -> line.startsWith("streamrank_lag_records{"))
                .contains(
                        "streamrank_worker_state{state=\"stuck\"} 1.0", "streamrank_worker_state{state=\"ready\"} 0.0");
    }

    @Test
    void showsWhereAModelIsNow() {
        assertThat(all.lines())
                .contains("streamrank_model_info{device=\"cpu\",dtype=\"float32\",family=\"testing\",model=\"minilm\","
                        + "revision=\"0123456789ab\"} 1");

        all.model.on("gpu(0)");

        assertThat(all.lines())
                .filteredOn(line -> line.startsWith("streamrank_model_info") && line.contains("minilm"))
                .singleElement()
                .asString()
                .contains("device=\"gpu(0)\"");
    }

    @Test
    void showsARevisionForAsLongAsItIsHeld() {
        TestingReranker next = new TestingReranker("minilm").ofRevision("fedcba987654");
        all.models.rollOut(next, 0.25);

        assertThat(all.lines())
                .contains(
                        "streamrank_model_share{model=\"minilm\",revision=\"0123456789ab\"} 0.75",
                        "streamrank_model_share{model=\"minilm\",revision=\"fedcba987654\"} 0.25",
                        "streamrank_model_share{model=\"mamba\",revision=\"0123456789ab\"} 1.0",
                        "streamrank_requests_total{model=\"minilm\",outcome=\"ranked\",revision=\"fedcba987654\"} 0.0");

        all.models.rollBack("minilm");

        assertThat(all.lines())
                .contains("streamrank_model_share{model=\"minilm\",revision=\"0123456789ab\"} 1.0")
                .noneMatch(line -> line.matches("streamrank_(model|cache)_.*fedcba987654.*"));
    }

    @Test
    void showsHowFarRolloutsAre() {
        assertThat(all.lines())
                .contains(
                        "streamrank_rollout_file_error 0.0",
                        "streamrank_rollout_state{model=\"minilm\",state=\"loading\"} 1.0",
                        "streamrank_rollout_state{model=\"minilm\",state=\"failed\"} 0.0");

        all.rollouts = new RolloutReport(Optional.of("rollout.properties: is not UTF-8"), List.of());

        assertThat(all.lines())
                .contains("streamrank_rollout_file_error 1.0")
                .noneMatch(line -> line.startsWith("streamrank_rollout_state{"));
    }

    @Test
    void showsWhatCachesAreGoodFor() {
        all.model.encode("query", List.of("a 1", "b 2"));
        all.model.encode("another", List.of("a 1"));

        assertThat(all.lines())
                .contains(
                        "streamrank_cache_hits_total{cache=\"tokens\",model=\"minilm\",revision=\"0123456789ab\"} 1.0",
                        "streamrank_cache_misses_total{cache=\"tokens\",model=\"minilm\",revision=\"0123456789ab\"} 2.0",
                        "streamrank_cache_hits_total{cache=\"states\",model=\"minilm\",revision=\"0123456789ab\"} 0.0");
    }

    @Test
    void speaksTheFormatThatIsAskedFor() {
        Metrics.Page text = all.metrics.page("text/plain");
        Metrics.Page open = all.metrics.page("application/openmetrics-text; version=1.0.0,text/plain;q=0.5");

        assertThat(text.contentType()).startsWith("text/plain; version=0.0.4");
        assertThat(text.text()).doesNotContain("# EOF");
        assertThat(open.contentType()).startsWith("application/openmetrics-text; version=1.0.0");
        assertThat(open.text()).endsWith("# EOF\n");
    }
}
