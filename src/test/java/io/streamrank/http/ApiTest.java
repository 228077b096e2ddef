package io.streamrank.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.streamrank.contract.Candidate;
import io.streamrank.contract.Query;
import io.streamrank.contract.RankedCandidate;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.Rejection;
import io.streamrank.contract.RerankRequest;
import io.streamrank.contract.SourcePosition;
import io.streamrank.contract.Timings;
import io.streamrank.ingest.CommittedOutcome;
import io.streamrank.ingest.GroupSnapshot;
import io.streamrank.ingest.Health;
import io.streamrank.ingest.RecentOutcomes;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(240)
class ApiTest {
    private static final String SECRET_TEXT = "the text of a document 7";

    private static Contract contract;
    private static TestingSources sources;
    private static TestingServer server;
    private static TestingServer bare;

    @BeforeAll
    static void start() throws Exception {
        contract = new Contract();
        sources = new TestingSources();
        server = TestingServer.start(sources);
        bare = TestingServer.start(ApiSources.NONE);
    }

    @AfterAll
    static void stop() {
        server.close();
        bare.close();
        contract.close();
    }

    @BeforeEach
    void forget() {
        sources.outcomes = new RecentOutcomes(50, 1 << 20, false, Clock.systemUTC());
        sources.group = () -> CompletableFuture.completedFuture(TestingSources.snapshot());
    }

    @Test
    void describesEveryRouteAndNoOther() {
        Vertx vertx = Vertx.vertx();
        try {
            Routes routes = new Routes(Router.router(vertx));
            new Api(vertx, TestingServer.SETTINGS, ApiSources.NONE).addTo(routes);

            assertThat(contract.operations()).containsExactlyInAnyOrderElementsOf(routes.added());
        } finally {
            vertx.close();
        }
    }

    @Test
    void servesItsDescription() throws Exception {
        HttpResponse<String> answer = bare.get("/api/openapi.yaml");

        assertThat(answer.headers().firstValue("content-type")).contains("application/yaml");
        assertThat(answer.body()).startsWith("openapi: 3.1.0").contains("/api/rerank:");
    }

    @Test
    void tellsOfModels() throws Exception {
        JsonNode answer = contract.require(server.get("/api/models"), "models");
        JsonNode models = answer.get("models");

        assertThat(models).hasSize(2);
        assertThat(models.at("/0/id").asText()).isEqualTo("test");
        assertThat(models.at("/0/default").asBoolean()).isTrue();
        assertThat(models.at("/1/default").asBoolean()).isFalse();
        assertThat(models.at("/1/device").asText()).isEqualTo("gpu(0)");
        assertThat(models.at("/1/share").asDouble()).isEqualTo(1);
        assertThat(answer.at("/rollouts/0/state").asText()).isEqualTo("FAILED");
        assertThat(answer.at("/rollouts/0/error").asText()).isEqualTo("no room");
        assertThat(answer.at("/rollouts/0/revision").isNull()).isTrue();
        assertThat(answer.at("/rolloutFileError").asText()).isEqualTo("rollout.properties: is not UTF-8");
        assertThat(contract.require(bare.get("/api/models"), "models").get("models"))
                .isEmpty();
    }

    @Test
    void tellsOfTheWorker() throws Exception {
        JsonNode worker = contract.require(server.get("/api/worker"), "worker");

        assertThat(worker.get("instanceId").asText()).isEqualTo("host-0");
        assertThat(worker.get("state").asText()).isEqualTo("READY");
        assertThat(worker.at("/inFlight/bytes").asLong()).isEqualTo(4_096);
        assertThat(worker.get("partitions").toString()).isEqualTo("[0,3]");
        assertThat(worker.get("throughput").asText()).isEqualTo("worker");
    }

    @ParameterizedTest
    @CsvSource({"/api/worker, worker", "/api/rankings, rankings", "/api/dead-letters, deadLetters"})
    void saysThatNoWorkerRunsHere(String path, String operation) throws Exception {
        HttpResponse<String> answer = bare.get(path);

        assertThat(answer.statusCode()).isEqualTo(404);
        contract.require(answer, operation);
        assertThat(TestingServer.error(answer)).contains("no worker runs in this process");
    }

    @Test
    void tellsOfTheGroup() throws Exception {
        JsonNode workers = contract.require(server.get("/api/workers"), "workers");

        assertThat(workers.get("state").asText()).isEqualTo("Stable");
        assertThat(workers.at("/workers/0/self").asBoolean()).isTrue();
        assertThat(workers.at("/workers/0/partitions").toString()).isEqualTo("[0,3]");
        assertThat(workers.at("/workers/1/instanceId").isNull()).isTrue();
        assertThat(workers.at("/workers/1/self").asBoolean()).isFalse();
    }

    @Test
    void tellsOfTheLag() throws Exception {
        JsonNode lag = contract.require(server.get("/api/lag"), "lag");

        assertThat(lag.get("records").asLong()).isEqualTo(7);
        assertThat(lag.at("/partitions/0/oldestAgeMillis").asLong()).isGreaterThanOrEqualTo(60_000);
        assertThat(lag.at("/partitions/0/worker").asText()).isEqualTo("host-0");
        assertThat(lag.at("/partitions/1/endOffset").isNull()).isTrue();
    }

    @Test
    void saysThatTheGroupIsNotKnownYet() throws Exception {
        HttpResponse<String> answer = bare.get("/api/lag");

        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.headers().firstValue("retry-after")).isPresent();
        contract.require(answer, "lag");
    }

    @Test
    void anUnforeseenFailureKeepsItsReasonToItself() throws Exception {
        sources.group = () -> {
            throw new IllegalStateException("password=hunter2");
        };

        HttpResponse<String> answer = server.get("/api/workers");

        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(answer.body()).doesNotContain("hunter2");
        contract.require(answer, "workers");
    }

    @Test
    void tellsOfRankingsWithoutTexts() throws Exception {
        sources.outcomes.outcomesCommitted(List.of(answered(1), answered(2)));

        HttpResponse<String> answer = server.get("/api/rankings?limit=1");
        JsonNode rankings = contract.require(answer, "rankings");

        assertThat(rankings.get("textsShown").asBoolean()).isFalse();
        assertThat(rankings.get("rankings")).hasSize(1);
        assertThat(rankings.at("/rankings/0/source/offset").asLong()).isEqualTo(2);
        assertThat(rankings.at("/rankings/0/candidates/0/previousRank").asInt()).isEqualTo(1);
        assertThat(answer.body()).doesNotContain("the text of");
    }

    @Test
    void showsTextsWhereThatIsWanted() throws Exception {
        sources.outcomes = new RecentOutcomes(50, 1 << 20, true, Clock.systemUTC());
        sources.outcomes.outcomesCommitted(List.of(answered(1)));

        JsonNode rankings = contract.require(server.get("/api/rankings"), "rankings");

        assertThat(rankings.at("/rankings/0/query").asText()).isEqualTo("the text of a query");
        assertThat(rankings.at("/rankings/0/candidates/0/text").asText()).isEqualTo(SECRET_TEXT);
    }

    private static CommittedOutcome answered(long offset) {
        RerankRequest request = new RerankRequest(
                "r",
                new Query(null, "the text of a query"),
                List.of(new Candidate("a", SECRET_TEXT, null)),
                null,
                null,
                null,
                Map.of());
        return new CommittedOutcome.Answer(
                request,
                new Ranking(
                        "r",
                        null,
                        Ranking.Outcome.RANKED,
                        TestingSources.MODEL.model(),
                        "cpu",
                        "float32",
                        List.of(new RankedCandidate("a", 7, 1, 1, false)),
                        new SourcePosition("rerank.candidates", 0, offset),
                        Timings.NONE,
                        Map.of()));
    }

    @Test
    void tellsOfDeadLetters() throws Exception {
        sources.outcomes.outcomesCommitted(List.of(new CommittedOutcome.Letter(
                new SourcePosition("rerank.candidates", 2, 17),
                Optional.empty(),
                new Rejection(Rejection.Reason.UNDECODABLE, "no Avro", null))));

        JsonNode letters = contract.require(server.get("/api/dead-letters"), "deadLetters");

        assertThat(letters.at("/counts/undecodable").asLong()).isEqualTo(1);
        assertThat(letters.at("/deadLetters/0/source/offset").asLong()).isEqualTo(17);
        assertThat(letters.at("/deadLetters/0/model").isNull()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/api/rankings?limit=0|limit: expected a number from 1 on, not '0'",
                "/api/rankings?limit=x|limit: expected a number from 1 on, not 'x'",
                "/api/rankings?limit=1&limit=2|limit: is given more than once",
                "/api/rankings?limits=1|there is no parameter 'limits'; there are limit",
                "/api/models?a=1|there is no parameter 'a'; this path takes none",
                "/api/throughput?window=2m|window: expected one of 10s, 1m, 1h, not '2m'",
                "/api/throughput?to=%2B999999999-01-01T00:00:00Z|to: expected a time from 1970",
                "/api/throughput?from=-999999999-01-01T00:00:00Z|from: expected a time from 1970",
                "/api/throughput?from=1969-12-31T23:59:59Z|from: expected a time from 1970",
                "/api/throughput?from=999999999d|from: expected a time from 1970",
                "/api/throughput?from=yesterday|from: expected a time such as",
                "/api/throughput?from=1m&to=2m|from: expected a time before",
                "/api/throughput?local=yes|local: expected true or false, not 'yes'",
                "/api/models?%zz=1|Bad Request"
            })
    void namesWhatIsWrongInAQuestion(String path, String message) throws Exception {
        String raw = server.raw("GET " + path + " HTTP/1.1", "Host: localhost", "Connection: close");

        assertThat(raw).startsWith("HTTP/1.1 400 ").contains(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/models", "/api/lag", "/api/throughput", "/api/rankings"})
    void nothingIsKeptByCaches(String path) throws Exception {
        assertThat(server.get(path).headers().firstValue("cache-control")).contains("no-store");
    }

    @Test
    void whoWaitsForTheBrokersHoldsUpNobodyElse() throws Exception {
        HttpSettings settings = TestingServer.settings(AccessSettings.LOCAL, 64);
        TestingSources slow = new TestingSources();
        CompletableFuture<GroupSnapshot> brokers = new CompletableFuture<>();
        CountDownLatch asked = new CountDownLatch(8);
        slow.group = () -> {
            asked.countDown();
            return brokers;
        };
        try (TestingServer other = TestingServer.start(settings, slow)) {
            List<CompletableFuture<HttpResponse<String>>> waiting = Stream.generate(
                            () -> other.sendAsync(other.request("/api/lag")))
                    .limit(8)
                    .toList();
            assertThat(asked.await(60, TimeUnit.SECONDS)).isTrue();

            assertThat(other.get("/api/worker").statusCode()).isEqualTo(200);
            assertThat(waiting).noneMatch(CompletableFuture::isDone);

            brokers.complete(TestingSources.snapshot());
            for (CompletableFuture<HttpResponse<String>> each : waiting) {
                assertThat(each.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
            }
        }
    }

    @Test
    void healthTellsOfRolloutsAndIsNoWorseForThem() {
        HealthCheck health = HealthCheck.of(
                        new Health(Health.State.READY, true, Duration.ZERO, Duration.ZERO, Duration.ZERO))
                .with(new TestingSources().rollouts());

        assertThat(health.ready()).isTrue();
        assertThat(health.data())
                .containsEntry("rolloutFileError", true)
                .containsEntry("rollouts", Map.of("test", "FAILED"));
    }
}
