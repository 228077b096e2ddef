package io.streamrank.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.streamrank.contract.Throughput;
import io.streamrank.contract.WindowSize;
import io.streamrank.testing.Eventually;
import io.streamrank.throughput.Prices;
import io.streamrank.throughput.TestingStatistics;
import io.streamrank.throughput.ThroughputQueries.Host;
import io.streamrank.throughput.ThroughputSettings.HostAndPort;
import io.streamrank.throughput.WorkerThroughput;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two instances, each with the windows of one model. */
@Timeout(240)
class ThroughputApiTest {
    private static final String TOKEN = "a-token-0123456789";
    private static final String ALL_MODELS = "";

    private final Instant now = Instant.now();
    private final Part first = new Part();
    private final Part second = new Part();
    private Contract contract;
    private TestingServer firstServer;
    private TestingServer secondServer;

    /** A part of the topology. */
    private static final class Part implements ThroughputSource {
        final WorkerThroughput windows = new WorkerThroughput(Prices.NONE, 360, Clock.systemUTC());
        volatile List<Host> hosts = List.of();
        volatile @Nullable Host holder;

        @Override
        public String kind() {
            return "streams";
        }

        @Override
        public List<Throughput> windows(WindowSize size, Instant from, Instant to) {
            return windows.windows(size, from, to);
        }

        @Override
        public List<Host> hosts(@Nullable String model) {
            Host known = holder;
            return model == null || known == null ? hosts : List.of(known);
        }
    }

    @BeforeEach
    void start() throws Exception {
        contract = new Contract();
        firstServer = started(first);
        secondServer = started(second);
        first.windows.add(TestingStatistics.ofRequest("a", "host-0", now, 5));
        first.windows.add(TestingStatistics.ofRequest("a", "host-0", now, 6));
        second.windows.add(TestingStatistics.ofRequest("b", "host-1", now, 7));
        first.hosts = List.of(host(firstServer.port(), true), host(secondServer.port(), false));
        second.hosts = List.of(host(firstServer.port(), false), host(secondServer.port(), true));
    }

    private static TestingServer started(ThroughputSource source) throws IOException {
        TestingSources sources = new TestingSources();
        sources.throughput = Optional.of(source);
        return TestingServer.start(
                TestingServer.settings(new AccessSettings(List.of(TOKEN), Optional.empty())), sources);
    }

    private static Host host(int port, boolean self) {
        return new Host(new HostAndPort("127.0.0.1", port), self);
    }

    @AfterEach
    void stop() {
        firstServer.close();
        secondServer.close();
        contract.close();
    }

    @Test
    void eachAnswersForBoth() throws Exception {
        for (TestingServer server : List.of(firstServer, secondServer)) {
            JsonNode answer = asked(server, "?window=1m");

            assertThat(answer.get("source").asText()).isEqualTo("streams");
            assertThat(answer.get("missing")).isEmpty();
            assertThat(told(answer)).containsExactly("a null 11", "b null 7");
        }
    }

    @Test
    void tellsOfEachWorker() throws Exception {
        assertThat(told(asked(firstServer, "?worker=*"))).containsExactly("a host-0 11", "b host-1 7");
        assertThat(told(asked(firstServer, "?worker=host-1"))).containsExactly("b host-1 7");
        assertThat(told(asked(firstServer, "?model=a"))).containsExactly("a null 11");
        assertThat(told(asked(firstServer, "?model=c"))).isEmpty();
        assertThat(told(asked(firstServer, "?to=1h"))).isEmpty();
    }

    @Test
    void asksNobodyElseWhereThatIsWanted() throws Exception {
        assertThat(told(asked(firstServer, "?local=true"))).containsExactly("a null 11");
    }

    @Test
    void asksTheOneThatKeepsAModel() throws Exception {
        first.holder = host(secondServer.port(), false);
        first.hosts = List.of();

        assertThat(told(asked(firstServer, "?model=b"))).containsExactly("b null 7");
    }

    @Test
    void aWindowThatTwoKeepCountsOnce() throws Exception {
        second.windows.add(TestingStatistics.ofRequest("a", "host-0", now, 5));

        assertThat(told(asked(secondServer, ALL_MODELS))).containsExactly("a null 11", "b null 7");
    }

    @Test
    void namesThoseThatDoNotAnswer() throws Exception {
        int nobody;
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = taken.getLocalPort();
        }
        first.hosts = List.of(host(firstServer.port(), true), host(nobody, false));

        JsonNode answer = asked(firstServer, ALL_MODELS);

        assertThat(told(answer)).containsExactly("a null 11");
        assertThat(answer.get("missing").toString()).isEqualTo("[\"127.0.0.1:" + nobody + "\"]");
    }

    /** More often than there are connections to it. */
    @Test
    void anInstanceThatWasSilentIsAskedAgain() throws Exception {
        TestingSources sources = new TestingSources();
        sources.throughput = Optional.of(first);
        try (TestingPeer peer = new TestingPeer();
                TestingServer impatient = TestingServer.start(impatient(), sources)) {
            first.hosts = List.of(host(impatient.port(), true), host(peer.port(), false));
            for (int i = 0; i < 6; i++) {
                assertThat(asked(impatient, ALL_MODELS).get("missing")).hasSize(1);
            }

            peer.speak();

            Eventually.await(
                    "it answers",
                    () -> asked(impatient, ALL_MODELS).get("missing").isEmpty());
        }
    }

    private static HttpSettings impatient() {
        return new HttpSettings(
                "127.0.0.1",
                0,
                new AccessSettings(List.of(TOKEN), Optional.empty()),
                false,
                8,
                100_000,
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                Duration.ofSeconds(1));
    }

    @Test
    void showsOthersTheTokenThatIsForThem() throws Exception {
        AccessSettings access =
                new AccessSettings(List.of(TOKEN), Optional.empty(), Optional.of("peer-token-0123456789"));
        TestingSources sources = new TestingSources();
        sources.throughput = Optional.of(first);
        try (TestingPeer peer = new TestingPeer();
                TestingServer server = TestingServer.start(TestingServer.settings(access), sources)) {
            peer.speak();
            first.hosts = List.of(host(server.port(), true), host(peer.port(), false));

            assertThat(asked(server, ALL_MODELS).get("missing")).isEmpty();

            assertThat(peer.heard())
                    .filteredOn(line -> line.toLowerCase(Locale.ROOT).startsWith("authorization:"))
                    .singleElement()
                    .asString()
                    .endsWith(": Bearer peer-token-0123456789");
        }
    }

    /** What a process on this machine sends along, as clients of other servers do, is not for others. */
    @Test
    void passesOnNothingThatItWasNotAskedFor() throws Exception {
        TestingSources sources = new TestingSources();
        sources.throughput = Optional.of(first);
        try (TestingPeer peer = new TestingPeer();
                TestingServer open = TestingServer.start(sources)) {
            peer.speak();
            first.hosts = List.of(host(open.port(), true), host(peer.port(), false));

            assertThat(asked(open, ALL_MODELS).get("missing")).isEmpty();

            assertThat(peer.heard())
                    .anyMatch(line -> line.startsWith("GET /api/throughput"))
                    .noneMatch(line -> line.contains(TOKEN)
                            || line.toLowerCase(Locale.ROOT).startsWith("authorization"));
        }
    }

    @Test
    void anInstanceThatRefusesTheTokenIsMissing() throws Exception {
        AccessSettings others = new AccessSettings(List.of("another-token-012345"), Optional.empty());
        try (TestingServer stranger = TestingServer.start(TestingServer.settings(others), new TestingSources())) {
            first.hosts = List.of(host(firstServer.port(), true), host(stranger.port(), false));

            assertThat(asked(firstServer, ALL_MODELS).get("missing")).hasSize(1);
        }
    }

    @Test
    void aProcessWithoutTopologyTellsOfItsOwnWorker() throws Exception {
        TestingSources sources = new TestingSources();
        sources.own.add(TestingStatistics.ofRequest("a", "host-0", now, 3));
        try (TestingServer server = TestingServer.start(sources)) {
            JsonNode answer = contract.require(server.get("/api/throughput"), "throughput");

            assertThat(answer.get("source").asText()).isEqualTo("worker");
            assertThat(told(answer)).containsExactly("a null 3");
        }
    }

    @Test
    void saysThatNothingIsAddedUpYet() throws Exception {
        try (TestingServer server = TestingServer.start(ApiSources.NONE)) {
            HttpResponse<String> answer = server.get("/api/throughput");

            assertThat(answer.statusCode()).isEqualTo(503);
            contract.require(answer, "throughput");
        }
    }

    private JsonNode asked(TestingServer server, String query) throws Exception {
        return contract.require(
                server.get("/api/throughput" + query, "Authorization", "Bearer " + TOKEN), "throughput");
    }

    /** Model, worker and pairs of each window. */
    private static List<String> told(JsonNode answer) {
        return StreamSupport.stream(answer.get("windows").spliterator(), false)
                .map(window -> window.get("model").asText() + " "
                        + window.get("worker").asText() + " " + window.at("/work/pairs"))
                .toList();
    }
}
