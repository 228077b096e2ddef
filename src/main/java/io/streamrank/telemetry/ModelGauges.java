package io.streamrank.telemetry;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.streamrank.model.CacheStatistics;
import io.streamrank.model.Reranker;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** The models that a worker holds: which, where, how large, and what their caches are good for. */
final class ModelGauges {
    private final MeterRegistry registry;
    private final List<Reranker> models;
    private final MultiGauge info;

    ModelGauges(MeterRegistry registry, List<Reranker> models) {
        this.registry = registry;
        this.models = List.copyOf(models);
        info = MultiGauge.builder("streamrank.model.info")
                .description("1 for each model that the worker holds")
                .register(registry);
        for (Reranker model : models) {
            Gauge.builder("streamrank.model.resident", model::residentBytes)
                    .baseUnit("bytes")
                    .description("What the model takes on its device for as long as it is loaded")
                    .tags("model", model.model().id())
                    .register(registry);
            cache(model, "tokens", Reranker::tokenCache);
            cache(model, "states", Reranker::stateCache);
        }
    }

    private void cache(Reranker model, String name, Function<Reranker, CacheStatistics> statistics) {
        Tags tags = Tags.of("model", model.model().id(), "cache", name);
        // Warming up and measuring have used it before there was any work.
        CacheStatistics atStart = statistics.apply(model);
        Function<Reranker, CacheStatistics> sinceStart =
                any -> statistics.apply(any).since(atStart);
        count("hits", "Look-ups that the cache answered", model, sinceStart, CacheStatistics::hits, tags);
        count("misses", "Look-ups that it could not", model, sinceStart, CacheStatistics::misses, tags);
        count("evictions", "Entries given up for others", model, sinceStart, CacheStatistics::evictions, tags);
        Gauge.builder("streamrank.cache", () -> statistics.apply(model).bytes())
                .baseUnit("bytes")
                .description("What the cache's entries take")
                .tags(tags)
                .register(registry);
    }

    private void count(
            String what,
            String description,
            Reranker model,
            Function<Reranker, CacheStatistics> statistics,
            ToLongFunction<CacheStatistics> count,
            Tags tags) {
        FunctionCounter.builder("streamrank.cache." + what, model, any -> count.applyAsLong(statistics.apply(any)))
                .description(description)
                .tags(tags)
                .register(registry);
    }

    /** A model may have moved to another device. */
    void refresh() {
        info.register(models.stream().map(ModelGauges::row).toList(), true);
    }

    private static Row<?> row(Reranker model) {
        return Row.of(
                Tags.of(
                        "model", model.model().id(),
                        "revision", model.model().revision(),
                        "family", model.model().family(),
                        "device", model.device(),
                        "dtype", model.dtype()),
                1);
    }
}
