package io.streamrank.ingest;

import io.streamrank.model.Reranker;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The direct requests in hand: those that wait, oldest first, and those that are being worked on. Bounded by count and
 * bytes. Guarded by the {@link Intake} that it belongs to.
 */
final class Callers {
    private final int maxRequests;
    private final long maxBytes;
    private final Deque<DirectRequest> waiting = new ArrayDeque<>();
    private final Set<DirectRequest> taken = new HashSet<>();
    private long bytes;
    private boolean turnedAway;

    Callers(int maxRequests, long maxBytes) {
        this.maxRequests = maxRequests;
        this.maxBytes = maxBytes;
    }

    /** @throws DirectRankingException if it is not taken */
    void add(DirectRequest request) {
        if (turnedAway) {
            throw DirectRankingException.unavailable(Health.State.STOPPING);
        }
        if (waiting.size() + taken.size() >= maxRequests) {
            throw DirectRankingException.overloaded(
                    "overloaded: " + maxRequests + " direct requests (streamrank.http.max-rerank-requests) are in hand;"
                            + " try again when some are answered, or send to Kafka what can wait");
        }
        if (bytes > 0 && bytes + request.bytes() > maxBytes) {
            throw DirectRankingException.overloaded("overloaded: the direct requests in hand hold " + bytes
                    + " bytes, and with this one more than the " + maxBytes
                    + " of streamrank.limits.max-in-flight-bytes; try again when some are answered");
        }
        waiting.add(request);
        bytes += request.bytes();
    }

    boolean areWaiting() {
        return !waiting.isEmpty();
    }

    boolean areTaken() {
        return !taken.isEmpty();
    }

    /** Whether any of them is for this model. */
    boolean areFor(Reranker reranker) {
        return Stream.concat(waiting.stream(), taken.stream()).anyMatch(request -> request.reranker() == reranker);
    }

    /** Those that wait, to be taken from; what is taken is told by {@link #taken}. */
    Deque<DirectRequest> waiting() {
        return waiting;
    }

    void taken(List<DirectRequest> requests) {
        taken.addAll(requests);
    }

    /** Makes room where a caller has gone who waited. */
    void gone(DirectRequest request) {
        if (waiting.remove(request)) {
            bytes -= request.bytes();
        }
    }

    void settled(List<DirectRequest> requests) {
        requests.forEach(request -> {
            if (taken.remove(request)) {
                bytes -= request.bytes();
            }
        });
    }

    /** Takes no more, and lets go of those that wait. */
    List<DirectRequest> turnAwayWaiting() {
        turnedAway = true;
        List<DirectRequest> gone = List.copyOf(waiting);
        waiting.clear();
        gone.forEach(request -> bytes -= request.bytes());
        return gone;
    }

    /** Takes no more, and lets go of all. */
    List<DirectRequest> turnAway() {
        List<DirectRequest> gone = new ArrayList<>(turnAwayWaiting());
        gone.addAll(taken);
        settled(List.copyOf(taken));
        return gone;
    }
}
