package io.streamrank.replay.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.batch.BatchPolicy;
import io.streamrank.contract.Candidate;
import io.streamrank.contract.Query;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.RerankRequest;
import io.streamrank.contract.SourcePosition;
import io.streamrank.embedded.EmbeddedBroker;
import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.Limits;
import io.streamrank.ingest.ListScoring;
import io.streamrank.ingest.TestingLimits;
import io.streamrank.ingest.Topics;
import io.streamrank.model.Reranker;
import io.streamrank.replay.run.Recorded.CandidateEvent;
import io.streamrank.testing.SharedBroker;
import io.streamrank.testing.TestingReranker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a replay publishes, whatever happens meanwhile. Portions are of three lists. */
@Timeout(300)
class RankedPublisherIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ReplaySettings SETTINGS =
            new ReplaySettings(QuerySample.ALL, Long.MAX_VALUE, true, 3, 1 << 20);
    private static final int LISTS = 9;

    private static final EmbeddedBroker BROKER = SharedBroker.get();

    private final TestingReranker first = new TestingReranker("first");
    private final TestingReranker second = new TestingReranker("second");
    private final Path out;

    RankedPublisherIT(@TempDir Path temporary) {
        out = temporary.resolve("out");
    }

    @Test
    void whatDiedBetweenTheTopicAndTheFolderIsPublishedOnce() throws Exception {
        List<Recorded> source = lists(LISTS, "");
        try (RecordedTopics topics = new RecordedTopics(BROKER, "once", 1, 2)) {
            second.failWhen(pairs -> pairs.stream().anyMatch(pair -> TestingReranker.scoreOf(pair) == 4)
                    ? new IllegalArgumentException("not now")
                    : null);
            // Where the folder sets down its progress, so that it cannot from the second portion on.
            Path progress = out.resolve("progress.json.tmp");
            assertThatThrownBy(() -> replay(topics, source, Limits.DEFAULT, () -> Files.createDirectory(progress)))
                    .isInstanceOf(IOException.class);
            assertThat(topics.rankings(topics.ranked))
                    .as("two portions but for list 4")
                    .hasSize(2 * 5);
            Files.delete(progress);
            second.failWhen(pairs -> null);

            JsonNode replay = replay(topics, source, Limits.DEFAULT, () -> {});

            assertThat(replay.path("lists").asInt()).isEqualTo(LISTS);
            assertThat(replay.path("unpublished").asInt()).isZero();
            assertThat(published(topics)).containsExactlyInAnyOrderElementsOf(all(LISTS));
        }
    }

    @Test
    void doesNotTakeAnotherPortionForTheOneThatWasPublished() throws Exception {
        try (RecordedTopics topics = new RecordedTopics(BROKER, "other", 1, 1)) {
            Path progress = out.resolve("progress.json.tmp");
            assertThatThrownBy(() ->
                            replay(topics, lists(LISTS, ""), Limits.DEFAULT, () -> Files.createDirectory(progress)))
                    .isInstanceOf(IOException.class);
            Files.delete(progress);
            List<Recorded> lesser = new ArrayList<>(lists(LISTS, ""));
            lesser.remove(4);

            assertThatThrownBy(() -> replay(topics, lesser, Limits.DEFAULT, () -> {}))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("as portion 2 of the replay is not what the source has there now");
        }
    }

    @Test
    void goesOnWithoutWhatTheBrokerRefuses() throws Exception {
        try (RecordedTopics topics = new RecordedTopics(BROKER, "refusing", 1, 1)) {
            topics.create("small", 1, Map.of("max.message.bytes", "2000"));
            List<Recorded> source = new ArrayList<>(lists(LISTS, ""));
            source.set(4, list(4, incompressible(20_000)));
            source.set(8, list(8, incompressible(20_000)));
            Limits limits = new TestingLimits().maxResultBytes(1 << 20).build();

            JsonNode replay = replay(topics, "small", source, limits, () -> {});

            assertThat(replay.path("lists").asInt()).isEqualTo(LISTS);
            assertThat(replay.path("unpublished").asInt()).isEqualTo(4);
            assertThat(published(topics, "small")).hasSize(2 * (LISTS - 2)).doesNotContain("4 first", "8 second");
            assertThat(Files.readAllLines(out.resolve("unpublished.jsonl")))
                    .hasSize(4)
                    .first()
                    .isEqualTo("{\"topic\":\"t\",\"partition\":0,\"offset\":4,\"model\":\"first\","
                            + "\"reason\":\"refused\",\"message\":\"the broker takes no record as large\"}");
        }
    }

    @Test
    void namesWhatIsTooLargeToBePublished() throws Exception {
        try (RecordedTopics topics = new RecordedTopics(BROKER, "oversize", 1, 1)) {
            List<Recorded> source = new ArrayList<>(lists(LISTS, ""));
            source.set(1, list(1, "x".repeat(3_000)));

            JsonNode replay = replay(
                    topics, source, new TestingLimits().maxResultBytes(2_000).build(), () -> {});

            assertThat(replay.path("unpublished").asInt()).isEqualTo(2);
            assertThat(published(topics)).hasSize(2 * (LISTS - 1)).doesNotContain("1 first");
            assertThat(Files.readString(out.resolve("unpublished.jsonl")))
                    .contains("\"offset\":1,\"model\":\"first\",\"reason\":\"oversize\"")
                    .contains("more than the 2000 of streamrank.limits.max-result-bytes");
        }
    }

    private JsonNode replay(RecordedTopics topics, List<Recorded> source, Limits limits, Disturbance afterFirstPortion)
            throws Exception {
        return replay(topics, topics.ranked, source, limits, afterFirstPortion);
    }

    /** What goes wrong. */
    private interface Disturbance {
        void happen() throws IOException;
    }

    private JsonNode replay(
            RecordedTopics topics, String topic, List<Recorded> source, Limits limits, Disturbance afterFirstPortion)
            throws Exception {
        List<Reranker> models = List.of(first, second);
        ObjectNode description = JSON.createObjectNode();
        var named = description.putArray("models");
        models.forEach(model -> named.addObject().put("name", model.model().id()));
        boolean[] happened = {false};
        try (ReplayFolder folder = ReplayFolder.open(out);
                ListScoring scoring = new ListScoring(model -> new BatchPolicy(64, 4), limits, hung -> {});
                RankedPublisher publisher = new RankedPublisher(
                        new RankedPublisher.Publishing(settings(topics, limits), topic, "id-of-" + topic, true),
                        models)) {
            return new Replay(
                            folder,
                            new ListedSource(source, folder.position()),
                            models,
                            scoring,
                            SETTINGS,
                            publisher,
                            distance -> {
                                if (!happened[0]) {
                                    happened[0] = true;
                                    happen(afterFirstPortion);
                                }
                            })
                    .run(description, () -> false)
                    .orElseThrow();
        }
    }

    private static void happen(Disturbance disturbance) {
        try {
            disturbance.happen();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static IngestSettings settings(RecordedTopics topics, Limits limits) {
        return new IngestSettings(
                String.valueOf(topics.client().get("bootstrap.servers")),
                "streamrank",
                "replay",
                IngestSettings.GroupProtocol.CLASSIC,
                IngestSettings.Guarantee.EXACTLY_ONCE,
                new Topics("t", "r", "b", "d"),
                limits,
                false,
                1,
                Map.of());
    }

    private static List<String> published(RecordedTopics topics) throws Exception {
        return published(topics, topics.ranked);
    }

    /** Where the list stood, and by which model it is ranked. */
    private static List<String> published(RecordedTopics topics, String topic) throws Exception {
        List<String> published = new ArrayList<>();
        for (Ranking ranking : topics.rankings(topic)) {
            published.add(ranking.source().offset() + " " + ranking.model().id());
        }
        return published;
    }

    private static List<String> all(int lists) {
        return IntStream.range(0, lists)
                .boxed()
                .flatMap(i -> List.of(i + " first", i + " second").stream())
                .toList();
    }

    private static String incompressible(int chars) {
        StringBuilder text = new StringBuilder();
        new Random(7).ints(chars, 33, 127).forEach(text::appendCodePoint);
        return text.toString();
    }

    private static List<Recorded> lists(int count, String attribute) {
        return IntStream.range(0, count).mapToObj(i -> list(i, attribute)).toList();
    }

    /** Its document's score is its number. */
    private static Recorded list(int number, String attribute) {
        RerankRequest request = new RerankRequest(
                "r" + number,
                new Query("q" + number, "query " + number),
                List.of(new Candidate("d" + number, "text " + number, 1.0)),
                null,
                null,
                null,
                Map.of("attribute", attribute));
        return new CandidateEvent(new SourcePosition("t", 0, number), 1000L + number, Optional.empty(), request);
    }
}
