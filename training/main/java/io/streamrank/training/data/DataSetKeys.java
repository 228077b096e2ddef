package io.streamrank.training.data;

import io.streamrank.training.data.DataSet.Kind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads the settings of a {@link DataSet} and says by key what is wrong with them. */
final class DataSetKeys {
    private static final List<String> FILES = List.of("corpus", "queries", "qrels", "run");
    private static final List<String> RANKED = List.of("split", "from-rank", "to-rank", "relevant-from");
    private static final List<String> EVERY_KIND = List.of("shape", "negatives", "near-duplicates", "weight");

    private final String name;
    private final Map<String, String> settings;

    DataSetKeys(String name, Map<String, String> settings) {
        this.name = name;
        this.settings = settings;
    }

    DataSet parse() {
        Kind kind = kind();
        List<String> mandatory = mandatory(kind);
        Set<String> known = new TreeSet<>(mandatory);
        known.addAll(EVERY_KIND);
        if (kind == Kind.BEIR || kind == Kind.TREC) {
            known.addAll(FILES);
            known.addAll(RANKED);
        } else if (kind == Kind.GROUPS) {
            known.add("corpus");
        }
        for (String key : settings.keySet()) {
            require(known.contains(key), key, "is no setting of a data set of " + kind.key() + "; these are: " + known);
        }
        for (String key : mandatory) {
            require(settings.containsKey(key), key, "is missing; " + kind.key() + " needs " + mandatory);
        }
        return checked(kind);
    }

    private DataSet checked(Kind kind) {
        try {
            return new DataSet(
                    name,
                    kind,
                    files(),
                    Optional.ofNullable(settings.get("split")),
                    new RankBand(
                            integer("from-rank", RankBand.DEFAULT.from()), integer("to-rank", RankBand.DEFAULT.to())),
                    integer("relevant-from", 1),
                    new Sampling(
                            shape(),
                            integer("negatives", Sampling.DEFAULT.negatives()),
                            decimal("near-duplicates", Sampling.DEFAULT.nearDuplicates())),
                    decimal("weight", 1));
        } catch (IllegalArgumentException e) {
            String message = String.valueOf(e.getMessage());
            throw message.startsWith("data.") ? e : new IllegalArgumentException("data." + name + ": " + message, e);
        }
    }

    private Kind kind() {
        List<Kind> named = new ArrayList<>();
        for (Kind kind : List.of(Kind.BEIR, Kind.GROUPS, Kind.TRIPLES)) {
            if (settings.containsKey(kind.key())) {
                named.add(kind);
            }
        }
        if (named.size() > 1 || (named.isEmpty() && !settings.containsKey("run"))) {
            throw new IllegalArgumentException("data." + name
                    + ": expected one of beir, groups and triples, or corpus, queries, qrels and run; the settings are "
                    + settings.keySet());
        }
        return named.isEmpty() ? Kind.TREC : named.get(0);
    }

    private static List<String> mandatory(Kind kind) {
        return switch (kind) {
            case BEIR, GROUPS -> List.of(kind.key());
            case TREC -> FILES;
            case TRIPLES -> List.of("triples", "corpus", "queries");
        };
    }

    private Map<String, Path> files() {
        Map<String, Path> files = new HashMap<>();
        settings.forEach((key, value) -> {
            if (FILES.contains(key) || List.of("beir", "groups", "triples").contains(key)) {
                files.put(key, Path.of(value));
            }
        });
        return files;
    }

    private GroupShape shape() {
        String value = settings.get("shape");
        for (GroupShape shape : GroupShape.values()) {
            if (value == null || value.equalsIgnoreCase(shape.name())) {
                return value == null ? GroupShape.CONTRASTIVE : shape;
            }
        }
        throw wrong(
                "shape",
                "is '" + value + "', expected "
                        + GroupShape.CONTRASTIVE.name().toLowerCase(Locale.ROOT) + " or "
                        + GroupShape.LIST.name().toLowerCase(Locale.ROOT));
    }

    private int integer(String key, int otherwise) {
        @Nullable String value = settings.get(key);
        try {
            return value == null ? otherwise : Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw wrong(key, "is '" + value + "', expected a whole number");
        }
    }

    private double decimal(String key, double otherwise) {
        @Nullable String value = settings.get(key);
        try {
            return value == null ? otherwise : Double.parseDouble(value);
        } catch (NumberFormatException e) {
            throw wrong(key, "is '" + value + "', expected a number");
        }
    }

    private void require(boolean condition, String key, String problem) {
        if (!condition) {
            throw wrong(key, problem);
        }
    }

    private IllegalArgumentException wrong(String key, String problem) {
        return new IllegalArgumentException("data." + name + "." + key + " " + problem);
    }
}
