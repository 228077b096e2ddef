package io.streamrank.replay.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.batch.BatchPolicy;
import io.streamrank.contract.Candidate;
import io.streamrank.contract.Query;
import io.streamrank.contract.RerankRequest;
import io.streamrank.contract.SourcePosition;
import io.streamrank.ingest.DeviceLimits;
import io.streamrank.ingest.Limits;
import io.streamrank.ingest.ListScoring;
import io.streamrank.ingest.TestingLimits;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.Reranker;
import io.streamrank.replay.run.Recorded.CandidateEvent;
import io.streamrank.replay.run.Recorded.Unusable;
import io.streamrank.testing.TestingReranker;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ReplayTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ReplaySettings SETTINGS =
            new ReplaySettings(QuerySample.ALL, Long.MAX_VALUE, true, 3, 1 << 20);

    private final TestingReranker first = new TestingReranker("first");
    private final TestingReranker second = new TestingReranker("second");

    private final Path temporary;

    ReplayTest(@TempDir Path temporary) {
        this.temporary = temporary;
    }

    @Test
    void leavesListsScoresAndRuns() throws Exception {
        Path out = temporary.resolve("out");

        JsonNode replay = replay(out, SETTINGS, List.of(list(0, "q0", "a 1", "b 3", "c 2"), list(1, "q1", "d 5")));

        assertThat(Files.readAllLines(out.resolve("lists.jsonl")))
                .containsExactly(
                        "{\"topic\":\"t\",\"partition\":0,\"offset\":0,\"timestamp\":1000,\"requestId\":\"r0\","
                                + "\"queryId\":\"q0\",\"query\":\"query 0\",\"candidates\":["
                                + "{\"id\":\"a\",\"text\":\"a 1\",\"score\":3.0},"
                                + "{\"id\":\"b\",\"text\":\"b 3\",\"score\":2.0},"
                                + "{\"id\":\"c\",\"text\":\"c 2\",\"score\":1.0}]}",
                        "{\"topic\":\"t\",\"partition\":0,\"offset\":1,\"timestamp\":1001,\"requestId\":\"r1\","
                                + "\"queryId\":\"q1\",\"query\":\"query 1\",\"candidates\":["
                                + "{\"id\":\"d\",\"text\":\"d 5\",\"score\":1.0}]}");
        assertThat(Files.readAllLines(out.resolve("scores.first.jsonl")))
                .containsExactly("{\"line\":0,\"scores\":[1.0,3.0,2.0]}", "{\"line\":1,\"scores\":[5.0]}");
        assertThat(Files.readAllLines(out.resolve("scores.second.jsonl"))).hasSize(2);
        assertThat(Files.readAllLines(out.resolve("timings.first.jsonl")))
                .hasSize(2)
                .allMatch(line -> line.matches("\\{\"line\":[01],\"millis\":\\d+\\.\\d+(E-?\\d+)?}"));
        assertThat(Files.readAllLines(out.resolve("run.first.trec")))
                .containsExactly(
                        "q0 Q0 b 1 3.0 first", "q0 Q0 c 2 2.0 first", "q0 Q0 a 3 1.0 first", "q1 Q0 d 1 5.0 first");
        assertThat(Files.readAllLines(out.resolve("run.first-stage.trec")))
                .startsWith("q0 Q0 a 1 3.0 first-stage", "q0 Q0 b 2 2.0 first-stage");
        assertThat(replay.path("lists").asInt()).isEqualTo(2);
        assertThat(replay.path("pairs").asInt()).isEqualTo(4);
        assertThat(replay.path("finished").asBoolean()).isTrue();
        assertThat(replay.at("/models/0/pairs").asInt()).isEqualTo(4);
        assertThat(replay.at("/models/1/listMillis/p95").isNumber()).isTrue();
        assertThat(JSON.readTree(out.resolve("replay.json").toFile())).isEqualTo(JSON.readTree(replay.toString()));
        assertThat(out.resolve("progress.json")).doesNotExist();
    }

    @Test
    void goesOnFromWhereverItBrokeOffToTheSameFiles() throws Exception {
        List<Recorded> source = mixed(20);
        Path whole = temporary.resolve("whole");
        replay(whole, SETTINGS, source);
        Map<String, String> expected = contents(whole);

        for (int at = 0; at < source.size(); at++) {
            Path broken = temporary.resolve("broken" + at);
            int where = at;
            assertThatThrownBy(() -> run(broken, SETTINGS, source, where)).hasMessage("the source broke");

            replay(broken, SETTINGS, source);

            assertThat(contents(broken)).as("broken off at %s", at).isEqualTo(expected);
        }
    }

    @Test
    void cutsOffWhatWasNotSetDown() throws Exception {
        List<Recorded> source = mixed(20);
        Path whole = temporary.resolve("whole");
        replay(whole, SETTINGS, source);
        Path torn = temporary.resolve("torn");
        assertThatThrownBy(() -> run(torn, SETTINGS, source, 12)).hasMessage("the source broke");
        for (String file : List.of("lists.jsonl", "scores.second.jsonl", "skipped.jsonl")) {
            Files.writeString(torn.resolve(file), Files.readString(torn.resolve(file)) + "{\"half a li");
        }
        Files.writeString(torn.resolve("replay.json.tmp"), "{");

        replay(torn, SETTINGS, source);

        assertThat(contents(torn)).isEqualTo(contents(whole));
    }

    @Test
    void refusesToGoOnInFilesThatHaveLostSomething() throws Exception {
        List<Recorded> source = mixed(20);
        Path out = temporary.resolve("out");
        assertThatThrownBy(() -> run(out, SETTINGS, source, 12)).hasMessage("the source broke");
        Files.writeString(out.resolve("scores.first.jsonl"), "");

        assertThatThrownBy(() -> replay(out, SETTINGS, source))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("scores.first.jsonl has 0 bytes, fewer than");
    }

    @Test
    void portionsDependOnWhatIsInThemAlone() throws Exception {
        List<Recorded> source = mixed(30);
        replay(temporary.resolve("small"), SETTINGS, source);
        ReplaySettings large = new ReplaySettings(QuerySample.ALL, Long.MAX_VALUE, true, 100, 1 << 20);
        ReplaySettings byChars = new ReplaySettings(QuerySample.ALL, Long.MAX_VALUE, true, 100, 1);

        replay(temporary.resolve("large"), large, source);
        replay(temporary.resolve("chars"), byChars, source);

        Map<String, String> large2 = withoutSkipped(contents(temporary.resolve("large")));
        assertThat(withoutSkipped(contents(temporary.resolve("small")))).isEqualTo(large2);
        assertThat(withoutSkipped(contents(temporary.resolve("chars")))).isEqualTo(large2);
    }

    private static Map<String, String> withoutSkipped(Map<String, String> contents) {
        contents.remove("skipped.jsonl");
        return contents;
    }

    @Test
    void leavesOutForAllWhatOneModelFailsOn() throws Exception {
        second.failWhen(pairs -> pairs.stream().anyMatch(ReplayTest::isThirteen)
                ? new IllegalArgumentException("thirteen is too many")
                : null);
        Path out = temporary.resolve("out");

        JsonNode replay = replay(
                out, SETTINGS, List.of(list(0, "q0", "a 1"), list(1, "q1", "b 2", "c 13"), list(2, "q2", "d 3")));

        assertThat(replay.path("lists").asInt()).isEqualTo(2);
        assertThat(replay.path("skipped")).isEqualTo(JSON.createObjectNode().put("unscorable", 1L));
        assertThat(Files.readAllLines(out.resolve("scores.first.jsonl")))
                .containsExactly("{\"line\":0,\"scores\":[1.0]}", "{\"line\":1,\"scores\":[3.0]}");
        JsonNode skipped = JSON.readTree(Files.readString(out.resolve("skipped.jsonl")));
        assertThat(skipped.path("offset").asInt()).isEqualTo(1);
        assertThat(skipped.path("message").asText()).contains("model second fails on candidate 'c' (number 2)");
    }

    private static boolean isThirteen(EncodedPair pair) {
        return TestingReranker.scoreOf(pair) == 13;
    }

    @Test
    void countsWhatCannotBeReplayedWithItsPlace() throws Exception {
        Path out = temporary.resolve("out");
        Unusable broken = new Unusable(new SourcePosition("t", 3, 17), "undecodable", "no event");

        JsonNode replay = replay(out, SETTINGS, List.of(broken, list(1, "q1", "a 1"), broken));

        assertThat(replay.path("skipped")).isEqualTo(JSON.createObjectNode().put("undecodable", 2L));
        assertThat(replay.path("read").asInt()).isEqualTo(3);
        assertThat(Files.readAllLines(out.resolve("skipped.jsonl")))
                .hasSize(2)
                .first()
                .isEqualTo("{\"topic\":\"t\",\"partition\":3,\"offset\":17,\"reason\":\"undecodable\","
                        + "\"message\":\"no event\"}");
    }

    @Test
    void stopsAtTheMostLists() throws Exception {
        Path out = temporary.resolve("out");
        ReplaySettings four = new ReplaySettings(QuerySample.ALL, 4, true, 3, 1 << 20);

        JsonNode replay = replay(out, four, lists(20));

        assertThat(replay.path("lists").asInt()).isEqualTo(4);
        assertThat(replay.path("read").asInt()).isEqualTo(4);
    }

    @Test
    void takesASampleOfTheQueries() throws Exception {
        Path out = temporary.resolve("out");
        ReplaySettings half = new ReplaySettings(new QuerySample(0.5), Long.MAX_VALUE, true, 3, 1 << 20);

        JsonNode replay = replay(out, half, lists(200));

        assertThat(replay.path("lists").asInt()).isBetween(70, 130);
        assertThat(replay.path("lists").asInt() + replay.path("notSampled").asInt())
                .isEqualTo(200);
    }

    @Test
    void leavesTextsOutWhereTheyAreNotWanted() throws Exception {
        Path out = temporary.resolve("out");

        replay(
                out,
                new ReplaySettings(QuerySample.ALL, Long.MAX_VALUE, false, 3, 1 << 20),
                List.of(list(0, "q0", "d secret 1")));

        try (Stream<Path> files = Files.list(out)) {
            for (Path file : files.toList()) {
                assertThat(Files.readString(file)).as(file.toString()).doesNotContain("secret", "query 0");
            }
        }
        assertThat(Files.readString(out.resolve("run.first.trec"))).isEqualTo("q0 Q0 d 1 1.0 first\n");
    }

    @Test
    void aRunHasTheFirstOfSeveralListsOfAQuery() throws Exception {
        Path out = temporary.resolve("out");

        JsonNode replay =
                replay(out, SETTINGS, List.of(list(0, "q", "a 1"), list(1, "other", "b 2"), list(2, "q", "c 3")));

        assertThat(Files.readAllLines(out.resolve("run.first.trec")))
                .containsExactly("q Q0 a 1 1.0 first", "other Q0 b 1 2.0 first");
        assertThat(replay.path("repeatedQueries").asInt()).isEqualTo(1);
        assertThat(Files.readAllLines(out.resolve("scores.first.jsonl"))).hasSize(3);
    }

    @Test
    void equalScoresOfTheFirstStageLeaveItsOrder() throws Exception {
        Path out = temporary.resolve("out");
        RerankRequest flat = new RerankRequest(
                "r",
                new Query(null, "query"),
                List.of(new Candidate("a", "x 1", 1.0), new Candidate("b", "x 2", 1.0)),
                null,
                null,
                null,
                Map.of());

        replay(out, SETTINGS, List.of(event(0, flat)));

        assertThat(Files.readAllLines(out.resolve("run.first-stage.trec")))
                .containsExactly("r Q0 a 1 2.0 first-stage", "r Q0 b 2 1.0 first-stage");
    }

    @Test
    void theFirstStagesRunKeepsTheOrderThatCame() throws Exception {
        Path out = temporary.resolve("out");
        RerankRequest rising = new RerankRequest(
                "r",
                new Query(null, "query"),
                List.of(new Candidate("near", "x 1", 0.1), new Candidate("far", "x 2", 0.9)),
                null,
                null,
                null,
                Map.of());
        RerankRequest scoreless = new RerankRequest(
                "with space",
                new Query("", "query"),
                List.of(new Candidate("a b", "x 1", null), new Candidate("c", "x 2", 7.0)),
                null,
                null,
                null,
                Map.of());

        replay(out, SETTINGS, List.of(event(0, rising), event(1, scoreless)));

        assertThat(Files.readAllLines(out.resolve("run.first-stage.trec")))
                .containsExactly(
                        "r Q0 near 1 2.0 first-stage",
                        "r Q0 far 2 1.0 first-stage",
                        "with%20space Q0 a%20b 1 2.0 first-stage",
                        "with%20space Q0 c 2 1.0 first-stage");
    }

    @Test
    void stopsBetweenPortionsAndGoesOn() throws Exception {
        List<Recorded> source = mixed(20);
        Path whole = temporary.resolve("whole");
        replay(whole, SETTINGS, source);
        Path out = temporary.resolve("out");
        boolean[] stop = {false};
        List<Long> seen = new ArrayList<>();

        try (ReplayFolder folder = ReplayFolder.open(out);
                ListScoring scoring = scoring()) {
            Optional<ObjectNode> ended = new Replay(
                            folder, new ListedSource(source, null), models(), scoring, SETTINGS, null, distance -> {
                                seen.add(distance.lists());
                                stop[0] = seen.size() == 2;
                            })
                    .run(description(), () -> stop[0]);
            assertThat(ended).isEmpty();
        }

        assertThat(seen).hasSize(2);
        replay(out, SETTINGS, source);
        assertThat(contents(out)).isEqualTo(contents(whole));
    }

    @Test
    @Timeout(60)
    void tellsOfAForwardPassThatDoesNotComeBack() throws Exception {
        CountDownLatch gate = second.holdUninterruptibly();
        CompletableFuture<String> told = new CompletableFuture<>();
        Limits impatient = new TestingLimits()
                .device(new DeviceLimits(1, Duration.ZERO, Duration.ofMillis(50)))
                .build();
        List<Recorded> source = mixed(20);
        Path out = temporary.resolve("out");

        try (ReplayFolder folder = ReplayFolder.open(out);
                ListScoring scoring = new ListScoring(model -> new BatchPolicy(64, 4), impatient, hung -> {
                    told.complete(hung.getMessage());
                    gate.countDown();
                })) {
            new Replay(folder, new ListedSource(source, null), models(), scoring, SETTINGS, null, distance -> {})
                    .run(description(), () -> false);
        }

        assertThat(told.get()).contains("a forward pass has not come back", "streamrank.limits.device-timeout");
    }

    @Test
    void aModelForgetsBetweenPortions() throws Exception {
        int[] forgotten = {0};
        Reranker counting = (Reranker) Proxy.newProxyInstance(
                Reranker.class.getClassLoader(), new Class<?>[] {Reranker.class}, (proxy, method, arguments) -> {
                    forgotten[0] += method.getName().equals("forgetDocuments") ? 1 : 0;
                    return method.invoke(first, arguments);
                });

        try (ReplayFolder folder = ReplayFolder.open(temporary.resolve("out"));
                ListScoring scoring = scoring()) {
            var unused = new Replay(
                            folder,
                            new ListedSource(lists(9), null),
                            List.of(counting),
                            scoring,
                            SETTINGS,
                            null,
                            distance -> {})
                    .run(description("first"), () -> false);
        }

        assertThat(forgotten[0]).isEqualTo(3);
    }

    private JsonNode replay(Path out, ReplaySettings settings, List<Recorded> source) throws Exception {
        return run(out, settings, source, Integer.MAX_VALUE);
    }

    private JsonNode run(Path out, ReplaySettings settings, List<Recorded> source, int breakingAt) throws Exception {
        try (ReplayFolder folder = ReplayFolder.open(out);
                ListScoring scoring = scoring()) {
            ListedSource listed = new ListedSource(source, folder.position()).breakingAt(breakingAt);
            return new Replay(folder, listed, models(), scoring, settings, null, distance -> {})
                    .run(description(), () -> false)
                    .orElseThrow();
        }
    }

    private List<Reranker> models() {
        return List.of(first, second);
    }

    private static ListScoring scoring() {
        return new ListScoring(model -> new BatchPolicy(64, 4), Limits.DEFAULT, hung -> {});
    }

    private static ObjectNode description() {
        return description("first", "second");
    }

    private static ObjectNode description(String... names) {
        ObjectNode node = JSON.createObjectNode();
        ArrayNode models = node.putArray("models");
        for (String name : names) {
            models.addObject().put("name", name);
        }
        return node.put("finished", false);
    }

    /** All files but for those that tell times. */
    private static Map<String, String> contents(Path out) throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.list(out)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (!name.startsWith("timings.") && !name.equals("replay.json") && !name.endsWith(".tmp")) {
                    contents.put(name, Files.readString(file));
                }
            }
        }
        assertThat(contents).isNotEmpty();
        return contents;
    }

    private static List<Recorded> lists(int count) {
        List<Recorded> lists = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            lists.add(list(i, "q" + i, "a " + i, "b " + (count - i)));
        }
        return lists;
    }

    /** Every fifth cannot be replayed. */
    private static List<Recorded> mixed(int count) {
        List<Recorded> mixed = new ArrayList<>(lists(count));
        for (int i = 0; i < count; i += 5) {
            mixed.set(i, new Unusable(new SourcePosition("t", 0, i), "invalid", "number " + i));
        }
        return mixed;
    }

    private static Recorded list(int offset, String queryId, String... documents) {
        List<Candidate> candidates = new ArrayList<>();
        for (String document : documents) {
            candidates.add(new Candidate(
                    document.substring(0, document.indexOf(' ')),
                    document,
                    (double) documents.length - candidates.size()));
        }
        return event(
                offset,
                new RerankRequest(
                        "r" + offset, new Query(queryId, "query " + offset), candidates, null, null, null, Map.of()));
    }

    private static Recorded event(int offset, RerankRequest request) {
        return new CandidateEvent(new SourcePosition("t", 0, offset), 1000L + offset, Optional.empty(), request);
    }
}
