package io.streamrank.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.contract.Candidate;
import io.streamrank.contract.CandidateListCodec;
import io.streamrank.contract.Query;
import io.streamrank.contract.RerankRequest;
import io.streamrank.testing.LiveMemory;
import io.streamrank.testing.TestingReranker;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EventTest {
    private static final int EVENTS = 20;
    private static final int ENTRIES = 10_000;

    private final Admission admission =
            new Admission(new CandidateListCodec(), new Models(List.of(new TestingReranker("test"))), Limits.DEFAULT);

    /** What polling pauses on must not be a fraction of what is really held, whoever fills it with trifles. */
    @Test
    void holdsAboutAsMuchMemoryAsItSaysThoughItIsMadeOfTrifles() throws InterruptedException {
        assertHonest(request(candidates(ENTRIES), Map.of()));
        assertHonest(request(candidates(1), attributes(ENTRIES)));
    }

    private void assertHonest(RerankRequest request) throws InterruptedException {
        byte[] value = TestingEvents.encoded(request);
        List<Event> held = new ArrayList<>();
        long before = LiveMemory.bytes();
        for (int i = 0; i < EVENTS; i++) {
            held.add(admission
                    .admit(TestingEvents.record(0, i, value.clone()), TestingEvents.lease(0))
                    .orElseThrow());
        }
        long live = LiveMemory.bytes() - before;

        assertThat(held).allMatch(event -> event instanceof Event.Accepted);
        assertThat(held.stream().mapToLong(Event::bytes).sum()).isBetween(live / 2, live * 2);
    }

    private static RerankRequest request(List<Candidate> candidates, Map<String, String> attributes) {
        return new RerankRequest("r", new Query(null, "q"), candidates, null, null, null, attributes);
    }

    private static List<Candidate> candidates(int count) {
        List<Candidate> candidates = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            candidates.add(new Candidate(Integer.toString(i), "", null));
        }
        return candidates;
    }

    private static Map<String, String> attributes(int count) {
        Map<String, String> attributes = new HashMap<>();
        for (int i = 0; i < count; i++) {
            attributes.put(Integer.toString(i), "");
        }
        return attributes;
    }
}
