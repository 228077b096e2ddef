package io.streamrank.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.streamrank.contract.BatchStatistics;
import io.streamrank.contract.ModelRef;
import java.time.Duration;

/** What is counted of the work of one revision of a model. */
final class ModelMeters {
    private final MeterRegistry registry;
    private final Tags model;
    private final Counter ranked;
    private final Counter expired;
    private final Counter pairs;
    private final Counter duplicatePairs;
    private final Counter truncatedPairs;
    private final Counter tokens;
    private final Counter tokensRead;
    private final Counter tokenBudget;
    private final Counter passes;
    private final Counter splits;
    private final Counter deviceRetries;
    private final Timer queue;
    private final Timer inference;
    private final Timer endToEnd;
    private final DistributionSummary batchFill;
    private final DistributionSummary pairsPerPass;

    ModelMeters(MeterRegistry registry, ModelRef model) {
        this.registry = registry;
        this.model = tags(model);
        ranked = requests("ranked");
        expired = requests("expired");
        pairs = counter("pairs", "Query-document pairs scored, duplicates included");
        duplicatePairs = counter("duplicate.pairs", "Pairs equal to another in flight, which took its score");
        truncatedPairs = counter("truncated.pairs", "Pairs whose document was cut to the model's length");
        tokens = counter("tokens", "Tokens in the pairs");
        tokensRead = counter("tokens.read", "Tokens read in forward passes: no duplicates, no remembered documents");
        tokenBudget = counter("token.budget", "Tokens that the forward passes could have held");
        passes = counter("passes", "Forward passes");
        splits = counter("splits", "Forward passes that ran out of memory and were done again in smaller ones");
        deviceRetries = counter("device.retries", "Forward passes that a busy or full device refused");
        queue = timer("queue", Buckets.WAIT, "Of each request: from its poll to its batch");
        inference = timer("inference", Buckets.STAGE, "Of each transaction: the model's forward passes");
        endToEnd = timer("end.to.end", Buckets.WAIT, "Of each request: from its record's timestamp to the commit");
        batchFill = DistributionSummary.builder("streamrank.batch.fill")
                .baseUnit("percent")
                .description("Of each transaction: tokens read, of those that its forward passes could have held")
                .tags(this.model)
                .serviceLevelObjectives(Buckets.PERCENT)
                .register(registry);
        pairsPerPass = DistributionSummary.builder("streamrank.pass")
                .baseUnit("pairs")
                .description("Of each transaction: pairs per forward pass, duplicates left out")
                .tags(this.model)
                .serviceLevelObjectives(Buckets.COUNT)
                .register(registry);
    }

    /** By which the series of a model are told from those of others. */
    static Tags tags(ModelRef model) {
        return Tags.of("model", model.id(), "revision", model.revision());
    }

    private Counter requests(String outcome) {
        return Counter.builder("streamrank.requests")
                .description("Events by what became of them")
                .tags(model.and("outcome", outcome))
                .register(registry);
    }

    private Counter counter(String name, String description) {
        return Counter.builder("streamrank." + name)
                .description(description)
                .tags(model)
                .register(registry);
    }

    private Timer timer(String name, Duration[] buckets, String description) {
        return Timer.builder("streamrank." + name)
                .description(description)
                .tags(model)
                .serviceLevelObjectives(buckets)
                .register(registry);
    }

    /** @param delivery how long it took from there to the end of the commit */
    void committed(BatchStatistics told, Duration delivery) {
        ranked.increment(told.requests() - told.expired());
        expired.increment(told.expired());
        pairs.increment(told.pairs());
        duplicatePairs.increment(told.duplicates());
        truncatedPairs.increment(told.truncated());
        tokens.increment((double) told.tokens());
        tokensRead.increment((double) told.tokensRead());
        tokenBudget.increment((double) told.tokenBudget());
        passes.increment(told.batches());
        splits.increment(told.splits());
        told.queue().forEach(queue::record);
        told.endToEnd().forEach(time -> endToEnd.record(time.plus(delivery)));
        if (told.batches() > 0) {
            inference.record(told.inference());
            batchFill.record(100.0 * told.tokensRead() / told.tokenBudget());
            pairsPerPass.record((double) Math.max(0, told.pairs() - told.duplicates()) / told.batches());
        }
    }

    void deviceRefused() {
        deviceRetries.increment();
    }
}
