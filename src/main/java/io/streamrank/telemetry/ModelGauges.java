package io.streamrank.telemetry;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.streamrank.ingest.Models;
import io.streamrank.model.CacheStatistics;
import io.streamrank.model.Reranker;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * The models that a worker holds: which, where, how large, what share of requests they get, and what their caches are
 * good for. For one thread at a time.
 */
final class ModelGauges {
    private final MeterRegistry registry;
    private final Models models;
    private final MultiGauge info;
    private final Map<Reranker, List<Meter>> shown = new IdentityHashMap<>();

    ModelGauges(MeterRegistry registry, Models models) {
        this.registry = registry;
        this.models = models;
        info = MultiGauge.builder("streamrank.model.info")
                .description("1 for each model that the worker holds")
                .register(registry);
    }

    /** Revisions come and go, and a model may have moved to another device. */
    void refresh() {
        List<Reranker> held = models.all();
        shown.entrySet().removeIf(model -> {
            boolean gone = held.stream().noneMatch(still -> still == model.getKey());
            if (gone) {
                model.getValue().forEach(registry::remove);
            }
            return gone;
        });
        held.forEach(model -> shown.computeIfAbsent(model, this::show));
        info.register(held.stream().map(ModelGauges::row).toList(), true);
    }

    private List<Meter> show(Reranker model) {
        List<Meter> meters = new ArrayList<>();
        meters.add(Gauge.builder("streamrank.model.resident", model::residentBytes)
                .baseUnit("bytes")
                .description("What the model takes on its device for as long as it is loaded")
                .tags(ModelMeters.tags(model.model()))
                .register(registry));
        meters.add(Gauge.builder("streamrank.model.share", () -> models.share(model))
                .description("The part of the requests for the model that this revision gets")
                .tags(ModelMeters.tags(model.model()))
                .register(registry));
        cache(meters, model, "tokens", Reranker::tokenCache);
        cache(meters, model, "states", Reranker::stateCache);
        return meters;
    }

    private void cache(
            List<Meter> meters, Reranker model, String name, Function<Reranker, CacheStatistics> statistics) {
        Tags tags = ModelMeters.tags(model.model()).and("cache", name);
        // Warming up and measuring have used it before there was any work.
        CacheStatistics atStart = statistics.apply(model);
        Function<Reranker, CacheStatistics> sinceStart =
                any -> statistics.apply(any).since(atStart);
        meters.add(count("hits", "Look-ups that the cache answered", model, sinceStart, CacheStatistics::hits, tags));
        meters.add(count("misses", "Look-ups that it could not", model, sinceStart, CacheStatistics::misses, tags));
        meters.add(
                count("evictions", "Entries given up for others", model, sinceStart, CacheStatistics::evictions, tags));
        meters.add(
                Gauge.builder("streamrank.cache", () -> statistics.apply(model).bytes())
                        .baseUnit("bytes")
                        .description("What the cache's entries take")
                        .tags(tags)
                        .register(registry));
    }

    private Meter count(
            String what,
            String description,
            Reranker model,
            Function<Reranker, CacheStatistics> statistics,
            ToLongFunction<CacheStatistics> count,
            Tags tags) {
        return FunctionCounter.builder(
                        "streamrank.cache." + what, model, any -> count.applyAsLong(statistics.apply(any)))
                .description(description)
                .tags(tags)
                .register(registry);
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
