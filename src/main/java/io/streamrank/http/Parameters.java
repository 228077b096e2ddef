package io.streamrank.http;

import io.streamrank.contract.Quotation;
import io.vertx.core.MultiMap;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The parameters of a request's query, each at most once and none that the path does not know. */
final class Parameters {
    private static final Pattern AGO = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

    private static final Duration FUTURE_MAX = Duration.ofDays(1);

    private final MultiMap given;

    private Parameters(MultiMap given) {
        this.given = given;
    }

    /** @throws ApiException if there are others, or one of them twice */
    static Parameters of(MultiMap given, String... known) {
        Set<String> names = new TreeSet<>(List.of(known));
        for (String name : given.names()) {
            if (!names.contains(name)) {
                throw ApiException.badRequest("there is no parameter '" + Quotation.of(name) + "'; "
                        + (names.isEmpty() ? "this path takes none" : "there are " + String.join(", ", names)));
            }
            if (given.getAll(name).size() > 1) {
                throw ApiException.badRequest(name + ": is given more than once");
            }
        }
        return new Parameters(given);
    }

    /** A text; empty where it is not given. */
    Optional<String> text(String name) {
        return Optional.ofNullable(given.get(name));
    }

    /** {@code true} or {@code false}, which it is where it is not given. */
    boolean flag(String name) {
        String text = text(name).orElse("false");
        if (!text.equals("true") && !text.equals("false")) {
            throw expected(name, "true or false", text);
        }
        return text.equals("true");
    }

    /** A number from 1 on. */
    int count(String name, int otherwise) {
        Optional<String> text = text(name);
        if (text.isEmpty()) {
            return otherwise;
        }
        try {
            int number = Integer.parseInt(text.get());
            if (number >= 1) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw expected(name, "a number from 1 on", text.get());
    }

    /** A moment, {@code 2026-12-01T12:00:00Z}, or how long ago it is, {@code 15m}. */
    Optional<Instant> moment(String name, Instant now) {
        return text(name).map(text -> within(name, text, moment(name, text, now), now));
    }

    /** Clocks differ by less than a day, and nothing is older than 1970. */
    private static Instant within(String name, String text, Instant moment, Instant now) {
        if (moment.isBefore(Instant.EPOCH) || moment.isAfter(now.plus(FUTURE_MAX))) {
            throw expected(name, "a time from 1970 to a day from now at most", text);
        }
        return moment;
    }

    private static Instant moment(String name, String text, Instant now) {
        Matcher ago = AGO.matcher(text);
        try {
            return ago.matches()
                    ? now.minus(duration(Long.parseLong(ago.group(1)), ago.group(2)))
                    : Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw expected(name, "a time such as 2026-12-01T12:00:00Z, or how long ago such as 15m", text);
        }
    }

    private static Duration duration(long number, String unit) {
        return switch (unit) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
    }

    /** An error that names the parameter. */
    static ApiException expected(String name, String what, String not) {
        return ApiException.badRequest(name + ": expected " + what + ", not '" + Quotation.of(not) + "'");
    }
}
