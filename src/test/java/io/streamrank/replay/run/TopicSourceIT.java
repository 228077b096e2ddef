package io.streamrank.replay.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.streamrank.contract.SourcePosition;
import io.streamrank.embedded.BrokerSettings;
import io.streamrank.embedded.EmbeddedBroker;
import io.streamrank.replay.run.Recorded.CandidateEvent;
import io.streamrank.replay.run.Recorded.Unusable;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class TopicSourceIT {
    private static EmbeddedBroker broker;

    @BeforeAll
    static void start(@TempDir Path directory) {
        broker = EmbeddedBroker.start(BrokerSettings.in(directory));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    void mergesPartitionsByTimeAndKeepsEachOnesOrder() throws Exception {
        try (RecordedTopics topics = new RecordedTopics(broker, "merged", 4, 4)) {
            topics.sendList(0, 100, "a0");
            topics.sendList(2, 90, "c0");
            topics.sendList(0, 300, "a1");
            topics.sendList(3, 100, "d0");
            topics.sendList(2, 400, "c1");
            topics.sendList(2, 200, "c2");

            assertThat(read(topics, topics.everything())).containsExactly("c0", "a0", "d0", "a1", "c1", "c2");
        }
    }

    @Test
    void readsWhatIsCommittedAndEndsAtTheMarkersAfterIt() throws Exception {
        try (RecordedTopics topics = new RecordedTopics(broker, "transactions", 2, 2)) {
            try (var producer = topics.transactional("writer");
                    var sluggard = topics.transactional("sluggard")) {
                producer.beginTransaction();
                producer.send(topics.list(0, 1, "committed")).get();
                producer.commitTransaction();
                producer.beginTransaction();
                producer.send(topics.list(0, 2, "aborted")).get();
                producer.send(topics.list(1, 2, "aborted too")).get();
                producer.abortTransaction();
                topics.sendList(0, 3, "plain");
                producer.beginTransaction();
                producer.send(topics.list(0, 4, "last")).get();
                producer.commitTransaction();
                sluggard.beginTransaction();
                sluggard.send(topics.list(0, 5, "open")).get();
                topics.sendList(0, 6, "behind the open one");
                TopicPlan plan = topics.everything();
                sluggard.commitTransaction();

                assertThat(plan.ranges()).isEqualTo(Map.of(0, new OffsetRange(0, 7), 1, new OffsetRange(0, 2)));
                assertThat(read(topics, plan)).containsExactly("committed", "plain", "last");
                assertThat(read(topics, topics.everything()))
                        .containsExactly("committed", "plain", "last", "open", "behind the open one");
            }
        }
    }

    @Test
    void takesTheRangeThatIsAskedFor() throws Exception {
        try (RecordedTopics topics = new RecordedTopics(broker, "ranges", 3, 3)) {
            for (int i = 0; i < 10; i++) {
                topics.sendList(i % 2, 1000 + i, "r" + i);
            }

            assertThat(range(topics, RangeEnd.offsets("0:1"), RangeEnd.offsets("0:3,1:2")))
                    .containsExactly("r1", "r2", "r3", "r4");
            assertThat(range(topics, RangeEnd.offsets("0:4,1:99"), RangeEnd.offsets("0:1000000")))
                    .containsExactly("r8");
            assertThat(range(topics, time(1003), time(1007))).containsExactly("r3", "r4", "r5", "r6");
            assertThat(range(topics, time(2000), RangeEnd.OPEN)).isEmpty();
            assertThat(range(topics, time(-5), time(1001))).containsExactly("r0");
            assertThat(read(
                            topics,
                            TopicPlan.of(
                                    topics.reading(),
                                    topics.candidates,
                                    RangeEnd.OPEN,
                                    RangeEnd.OPEN,
                                    Set.of(1, 2),
                                    null)))
                    .containsExactly("r1", "r3", "r5", "r7", "r9");
            assertThatThrownBy(() -> range(topics, RangeEnd.offsets("3:0"), RangeEnd.OPEN))
                    .hasMessage("ranges.candidates has no partition 3, only 0 to 2");
        }
    }

    @Test
    void aListFromTheFutureFindsItsRankingNevertheless() throws Exception {
        try (RecordedTopics topics = new RecordedTopics(broker, "future", 1, 1)) {
            topics.sendList(0, System.currentTimeMillis() + 1_800_000, "early");
            topics.sendRanking(0, 0, "m");

            try (TopicSource source = TopicSource.open(topics.reading(), topics.everything(), null)) {
                assertThat(source.next()).isInstanceOf(CandidateEvent.class);
                assertThat(source.live()).isPresent();
            }
            assertThat(topics.everything().withoutRankings()).isEmpty();
        }
    }

    @Test
    void saysWhereNoLiveRankingCanBe() throws Exception {
        try (RecordedTopics topics = new RecordedTopics(broker, "past", 2, 2)) {
            topics.sendList(0, 1_000_000_000L, "much later than the ranking");
            topics.sendRanking(0, 0, "m");
            topics.sendRanking(1, 0, "m");

            assertThat(topics.everything().withoutRankings()).containsExactly(0);
        }
    }

    private static RangeEnd time(long millis) {
        return new RangeEnd.Time(Instant.ofEpochMilli(millis));
    }

    private static List<String> range(RecordedTopics topics, RangeEnd from, RangeEnd to) throws Exception {
        return read(topics, TopicPlan.of(topics.reading(), topics.candidates, from, to, Set.of(), null));
    }

    @Test
    void tellsWhatRetentionHasTaken() throws Exception {
        try (RecordedTopics topics = new RecordedTopics(broker, "retention", 1, 1)) {
            for (int i = 0; i < 10; i++) {
                topics.sendList(0, i, "r" + i);
            }
            topics.deleteBefore(0, 3);
            TopicPlan plan = topics.everything();
            assertThat(read(topics, plan)).startsWith("r3").hasSize(7);

            topics.deleteBefore(0, 6);

            assertThat(read(topics, plan)).containsExactly("deleted@3", "r6", "r7", "r8", "r9");
            topics.deleteBefore(0, 10);
            assertThat(read(topics, plan)).containsExactly("deleted@3");
            assertThat(read(topics, topics.everything())).isEmpty();
        }
    }

    @Test
    void tellsWhatIsNoList() throws Exception {
        try (RecordedTopics topics = new RecordedTopics(broker, "broken", 1, 1)) {
            topics.sendBytes(0, 1, new byte[] {0, 1, 2});
            topics.sendBytes(0, 2, null);
            topics.sendList(0, 3, "good");
            topics.sendBytes(0, 4, new byte[1 << 19]);

            assertThat(read(topics, topics.everything()))
                    .containsExactly("unknown_format@0", "empty_value@1", "good", "unknown_format@3");
        }
    }

    @Test
    void leavesNoGroupBehind() throws Exception {
        try (RecordedTopics topics = new RecordedTopics(broker, "groupless", 1, 1)) {
            topics.sendList(0, 1, "a");
            read(topics, topics.everything());

            assertThat(topics.admin.listGroups().all().get()).isEmpty();
        }
    }

    @Test
    void findsLiveRankingsBesideTheirLists() throws Exception {
        try (RecordedTopics topics = new RecordedTopics(broker, "live", 3, 2)) {
            for (int i = 0; i < 12; i++) {
                topics.sendList(i % 3, 10_000 + i, "r" + i);
            }
            for (int offset = 0; offset < 4; offset++) {
                topics.sendRanking(0, offset, offset == 1 ? null : "m0");
                topics.sendRanking(1, offset, "m1");
                if (offset != 2) {
                    topics.sendRanking(2, offset, "m2");
                }
            }
            topics.sendRanking(0, 3, "again");
            topics.sendRankingOf(new SourcePosition("elsewhere", 0, 1), "stranger");

            assertThat(live(topics, topics.everything(), 64 << 20))
                    .containsExactly(
                            "r0 m0", "r1 m1", "r2 m2", "r3 -", "r4 m1", "r5 m2", "r6 m0", "r7 m1", "r8 -", "r9 m0",
                            "r10 m1", "r11 m2");
        }
    }

    @Test
    void aFullWindowIsNotReadOn() throws Exception {
        try (RecordedTopics topics = new RecordedTopics(broker, "window", 1, 1)) {
            for (int i = 0; i < 6; i++) {
                topics.sendList(0, 10_000 + i, "r" + i);
            }
            // The first list's ranking comes last, beyond a window that one ranking fills.
            for (int offset : new int[] {1, 2, 3, 4, 5, 0}) {
                topics.sendRanking(0, offset, "m" + offset);
            }

            assertThat(live(topics, topics.everything(), 64 << 20))
                    .containsExactly("r0 m0", "r1 m1", "r2 m2", "r3 m3", "r4 m4", "r5 m5");
            assertThat(live(topics, topics.everything(), 1))
                    .containsExactly("r0 -", "r1 m1", "r2 m2", "r3 m3", "r4 m4", "r5 m5");
        }
    }

    @Test
    void findsTheSameWhereverItGoesOn() throws Exception {
        try (RecordedTopics topics = new RecordedTopics(broker, "resumed", 3, 2)) {
            for (int i = 0; i < 30; i++) {
                topics.sendList(i % 3, 10_000 + i, "r" + i);
            }
            Random random = new Random(11);
            for (int i = 0; i < 60; i++) {
                topics.sendRanking(random.nextInt(3), Math.min(9, i / 6 + random.nextInt(3)), "m" + i);
            }
            TopicPlan plan = topics.everything();
            for (long window : new long[] {64 << 20, 300}) {
                List<String> whole = live(topics, plan, window);
                assertThat(whole).hasSize(30);
                for (int portion : new int[] {3, 7}) {
                    List<String> parts = new ArrayList<>();
                    JsonNode position = null;
                    while (parts.size() < 30) {
                        position = live(topics, plan, window, position, portion, parts);
                    }
                    assertThat(parts)
                            .as("window %s, portion %s", window, portion)
                            .isEqualTo(whole);
                }
            }
        }
    }

    private static List<String> live(RecordedTopics topics, TopicPlan plan, long windowBytes) throws Exception {
        List<String> found = new ArrayList<>();
        live(topics, plan, windowBytes, null, Integer.MAX_VALUE, found);
        return found;
    }

    private static JsonNode live(
            RecordedTopics topics,
            TopicPlan plan,
            long windowBytes,
            @Nullable JsonNode from,
            int most,
            List<String> found)
            throws Exception {
        try (TopicSource source = TopicSource.open(topics.reading(windowBytes), plan, from)) {
            Recorded next = null;
            for (int i = 0; i < most && (next = source.next()) != null; i++) {
                String model =
                        source.live().map(ranking -> ranking.model().id()).orElse("-");
                found.add(((CandidateEvent) next).request().requestId() + " " + model);
            }
            return source.position();
        }
    }

    private static List<String> read(RecordedTopics topics, TopicPlan plan) throws Exception {
        List<String> read = new ArrayList<>();
        try (TopicSource source = TopicSource.open(topics.reading(), TopicPlan.of(plan.json()), null)) {
            for (Recorded next = source.next(); next != null; next = source.next()) {
                read.add(
                        next instanceof CandidateEvent list
                                ? list.request().requestId()
                                : ((Unusable) next).reason() + "@"
                                        + next.source().offset());
            }
            assertThat(source.fractionRead()).contains(1.0);
        }
        return read;
    }
}
