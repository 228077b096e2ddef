package io.streamrank.http;

import io.streamrank.contract.RerankRequest;
import io.streamrank.ingest.DirectRanking;
import io.streamrank.ingest.GroupSnapshot;
import io.streamrank.ingest.RecentOutcomes;
import io.streamrank.ingest.RolloutReport;
import io.streamrank.model.Reranker;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Where the API's answers come from, as far as there is any: a process that only adds up throughput has no worker, and
 * what starts is there later. From any thread.
 */
public interface ApiSources {
    /** None of them. */
    ApiSources NONE = new ApiSources() {};

    /** The models that are loaded in this process, the default first, each followed by its next revision. */
    default List<Reranker> models() {
        return List.of();
    }

    /** The part of the requests for its id that one of them gets, from 0 to 1. */
    default double share(Reranker model) {
        return 1;
    }

    /** What is to become of next revisions. */
    default RolloutReport rollouts() {
        return RolloutReport.NONE;
    }

    /** The worker of this process, or the one that is to be; empty where there will be none. */
    default Optional<WorkerView> worker() {
        return Optional.empty();
    }

    /** Whether there is a worker in this process, or will be one. */
    default boolean hasWorker() {
        return worker().isPresent();
    }

    /** The most documents that the worker ranks at a time. */
    default int maxCandidates() {
        return Integer.MAX_VALUE;
    }

    /** Who ranks for those who ask here; empty where there is no worker, or not yet. */
    default Optional<Ranker> ranker() {
        return Optional.empty();
    }

    /** What the worker committed last; empty where there is no worker, or not yet. */
    default Optional<RecentOutcomes> outcomes() {
        return Optional.empty();
    }

    /** The workers' group. */
    default Optional<String> groupId() {
        return Optional.empty();
    }

    /** What the brokers say of that group; empty before they can be asked. */
    default Optional<Group> group() {
        return Optional.empty();
    }

    /** What is added up of throughput; empty where nothing is, or not yet. */
    default Optional<ThroughputSource> throughput() {
        return Optional.empty();
    }

    /** Sees the whole group. */
    @FunctionalInterface
    interface Group {
        /**
         * How it is, once the brokers have said so; does not wait for them.
         *
         * @return failed with a {@link io.streamrank.ingest.GroupView.UnavailableException} if they do not
         */
        CompletionStage<GroupSnapshot> snapshot();
    }

    /** Ranks without Kafka. */
    @FunctionalInterface
    interface Ranker {
        /** @return failed with a {@link io.streamrank.ingest.DirectRankingException} where it is not ranked */
        CompletableFuture<DirectRanking> rank(RerankRequest request);
    }
}
