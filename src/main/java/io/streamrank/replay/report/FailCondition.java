package io.streamrank.replay.report;

import static java.util.Objects.requireNonNull;

import io.streamrank.replay.RankingMeasures;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A condition under which a replay counts as failed, asked of each model: {@code ndcg_cut_10 < baseline - 0.01}.
 *
 * <pre>
 * condition  = sum ("&lt;" | "&lt;=" | "&gt;" | "&gt;=" | "==" | "!=") sum
 * sum        = product { ("+" | "-") product }
 * product    = factor { "*" factor }
 * factor     = number | "-" factor | "(" sum ")" | quantity | name [ "." quantity ]
 * </pre>
 *
 * A quantity is the model's own: a measure, or one of {@link Quantity}. A name is {@code baseline}, {@code model} (the one
 * that is asked) or any contender's, in quotes if it is one of these words or holds other characters than letters,
 * digits, {@code _ . - / :}; alone it stands for the quantity that the condition is about, of which there must be one
 * only. A name is taken as long as it can be, so a minus sign after one needs a space before it.
 */
public final class FailCondition {
    private static final String MODEL = "model";
    private static final String BASELINE = "baseline";
    /** Sets a contender's name apart from the words. */
    private static final String QUOTED = "=";

    private static final int DEPTH_MAX = 50;

    private final String text;
    private final Node left;
    private final Comparison comparison;
    private final Node right;
    private final Set<String> quantities;
    private final Set<String> names;

    /** Quantities beside the measures. */
    public enum Quantity {
        PAIRS_PER_SECOND,
        MEMORY_BYTES,
        LIST_MILLIS_P50,
        LIST_MILLIS_P95,
        LIST_MILLIS_P99,
        OVERLAP,
        RBO,
        TAU,
        SCORE_SHIFT;

        /** As conditions and {@code report.json} have it. */
        String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Whether it tells how far the model is from the baseline, which has none itself. */
        boolean isAgainstBaseline() {
            return this == OVERLAP || this == RBO || this == TAU || this == SCORE_SHIFT;
        }

        static Optional<Quantity> of(String word) {
            return Arrays.stream(values())
                    .filter(quantity -> quantity.word().equals(word))
                    .findFirst();
        }
    }

    /** Where values come from. */
    @FunctionalInterface
    interface Values {
        /** A contender's value; NaN where there is none. */
        double of(String contender, String quantity);
    }

    /**
     * What became of a condition.
     *
     * @param condition as it was written
     * @param model of whom it was asked
     * @param left what stands left of the comparison
     * @param right what stands right of it
     * @param holds whether it holds, so that the replay counts as failed
     */
    public record Verdict(String condition, String model, double left, double right, boolean holds) {}

    private enum Comparison {
        LESS_OR_EQUAL("<="),
        MORE_OR_EQUAL(">="),
        EQUAL("=="),
        UNEQUAL("!="),
        LESS("<"),
        MORE(">");

        private final String sign;

        Comparison(String sign) {
            this.sign = sign;
        }

        boolean holds(double a, double b) {
            return switch (this) {
                case LESS_OR_EQUAL -> a <= b;
                case MORE_OR_EQUAL -> a >= b;
                case EQUAL -> a == b;
                case UNEQUAL -> a != b;
                case LESS -> a < b;
                case MORE -> a > b;
            };
        }
    }

    private sealed interface Node {}

    private record Constant(double value) implements Node {}

    private record Operation(char sign, Node left, Node right) implements Node {}

    /** The quantity is empty where it is the condition's own. */
    private record Reference(String contender, boolean quoted, String quantity, int position) implements Node {}

    private FailCondition(
            String text, Node left, Comparison comparison, Node right, Set<String> quantities, Set<String> names) {
        this.text = text;
        this.left = left;
        this.comparison = comparison;
        this.right = right;
        this.quantities = quantities;
        this.names = names;
    }

    /**
     * Reads a condition. Whether the names in it are contenders is for {@link #requireNames}.
     *
     * @throws ConditionException if it is none; shows the place
     */
    public static FailCondition parse(String text) {
        return new Parser(text).condition();
    }

    /** Whether it needs quantities that are no measures. */
    boolean isAboutMore() {
        return quantities.stream().anyMatch(quantity -> Quantity.of(quantity).isPresent());
    }

    /** The measures that it needs. */
    public Set<String> measures() {
        return quantities.stream()
                .filter(quantity -> Quantity.of(quantity).isEmpty())
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** Whether it compares with the baseline, so that it makes no sense to ask it of the baseline itself. */
    boolean namesBaseline() {
        return names.contains(BASELINE);
    }

    /**
     * Passes a condition that names nobody who is not there.
     *
     * @param contenders all names that there are
     * @throws ConditionException for any other; shows the place
     */
    void requireNames(List<String> contenders) {
        requireNames(left, contenders);
        requireNames(right, contenders);
    }

    private void requireNames(Node node, List<String> contenders) {
        if (node instanceof Operation operation) {
            requireNames(operation.left, contenders);
            requireNames(operation.right, contenders);
        } else if (node instanceof Reference reference) {
            boolean word = !reference.quoted && Set.of(BASELINE, MODEL).contains(reference.contender);
            if (!word && !contenders.contains(reference.contender)) {
                throw ConditionException.at(
                        text,
                        reference.position,
                        "'" + reference.contender + "' is neither a measure nor one of " + contenders
                                + ", baseline, model");
            }
        }
    }

    /** Whose values it needs when it is asked of a model. */
    Set<String> contenders(String model, String baseline) {
        Set<String> contenders = new LinkedHashSet<>(Set.of(model));
        names.forEach(name -> contenders.add(
                name.equals(BASELINE) ? baseline : name.equals(MODEL) ? model : name.substring(QUOTED.length())));
        return contenders;
    }

    /**
     * Asks it of a model.
     *
     * @throws ConditionException if a value is not there
     */
    Verdict ask(String model, String baseline, Values values) {
        Asked asked = new Asked(model, baseline, values);
        double a = asked.value(left);
        double b = asked.value(right);
        return new Verdict(text, model, a, b, comparison.holds(a, b));
    }

    @Override
    public String toString() {
        return text;
    }

    private final class Asked {
        private final String model;
        private final String baseline;
        private final Values values;

        Asked(String model, String baseline, Values values) {
            this.model = model;
            this.baseline = baseline;
            this.values = values;
        }

        double value(Node node) {
            if (node instanceof Constant constant) {
                return constant.value;
            }
            if (node instanceof Operation operation) {
                double a = value(operation.left);
                double b = value(operation.right);
                return switch (operation.sign) {
                    case '+' -> a + b;
                    case '-' -> a - b;
                    default -> a * b;
                };
            }
            return value((Reference) node);
        }

        private double value(Reference reference) {
            String contender = name(reference);
            String quantity =
                    reference.quantity.isEmpty() ? quantities.iterator().next() : reference.quantity;
            double value = values.of(contender, quantity);
            if (Double.isNaN(value)) {
                throw ConditionException.undecided(text, contender + " has no " + quantity + " in this replay");
            }
            return value;
        }

        private String name(Reference reference) {
            if (!reference.quoted && reference.contender.equals(BASELINE)) {
                return baseline;
            }
            if (!reference.quoted && reference.contender.equals(MODEL)) {
                return model;
            }
            return reference.contender;
        }
    }

    private static boolean isQuantity(String word) {
        if (Quantity.of(word).isPresent()) {
            return true;
        }
        try {
            RankingMeasures.named(word);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static final class Parser {
        private final String text;
        private final Set<String> quantities = new LinkedHashSet<>();
        private int position;
        private int bareName = -1;
        private int depth;
        private final Set<String> names = new LinkedHashSet<>();

        Parser(String text) {
            this.text = text;
        }

        FailCondition condition() {
            Node left = sum();
            skipSpace();
            Comparison comparison = Arrays.stream(Comparison.values())
                    .filter(candidate -> text.startsWith(candidate.sign, position))
                    .findFirst()
                    .orElseThrow(() -> expected("a comparison (< <= > >= == !=)"));
            position += comparison.sign.length();
            Node right = sum();
            skipSpace();
            if (position < text.length()) {
                throw expected("the end");
            }
            if (quantities.isEmpty()) {
                throw ConditionException.at(
                        text, 0, "names no measure, such as ndcg_cut_10, and no other quantity: " + words());
            }
            if (bareName >= 0 && quantities.size() > 1) {
                throw ConditionException.at(
                        text,
                        bareName,
                        "which of " + quantities + " is meant? Write it after the name and a dot: baseline."
                                + quantities.iterator().next());
            }
            return new FailCondition(text, left, comparison, right, quantities, names);
        }

        private Node sum() {
            Node sum = product();
            while (isNext('+') || isNext('-')) {
                char sign = text.charAt(position++);
                sum = new Operation(sign, sum, product());
            }
            return sum;
        }

        private Node product() {
            Node product = factor();
            while (isNext('*')) {
                position++;
                product = new Operation('*', product, factor());
            }
            return product;
        }

        private Node factor() {
            skipSpace();
            if (position == text.length()) {
                throw expected("a number, a measure or a name");
            }
            char next = text.charAt(position);
            if (next == '-' || next == '(') {
                return nested(next);
            }
            if (Character.isDigit(next) || next == '.') {
                return number();
            }
            return reference();
        }

        private Node nested(char sign) {
            if (++depth > DEPTH_MAX) {
                throw ConditionException.at(text, position, "more than " + DEPTH_MAX + " levels deep");
            }
            position++;
            Node inner = sign == '-' ? new Operation('-', new Constant(0), factor()) : sum();
            if (sign == '(') {
                if (!isNext(')')) {
                    throw expected("')'");
                }
                position++;
            }
            depth--;
            return inner;
        }

        private Node number() {
            int start = position;
            while (position < text.length() && isNumberPart(start)) {
                position++;
            }
            try {
                return new Constant(Double.parseDouble(text.substring(start, position)));
            } catch (NumberFormatException e) {
                throw ConditionException.at(text, start, "'" + text.substring(start, position) + "' is no number");
            }
        }

        private boolean isNumberPart(int start) {
            char c = text.charAt(position);
            boolean exponentSign = (c == '-' || c == '+')
                    && position > start
                    && Character.toLowerCase(text.charAt(position - 1)) == 'e';
            return Character.isLetterOrDigit(c) || c == '.' || c == '_' || exponentSign;
        }

        private Node reference() {
            int start = position;
            boolean quoted = text.charAt(position) == '\'' || text.charAt(position) == '"';
            String name = quoted ? quoted() : word();
            if (!quoted && isQuantity(name)) {
                quantities.add(name);
                if (Quantity.of(name).map(Quantity::isAgainstBaseline).orElse(false)) {
                    names.add(BASELINE);
                }
                return new Reference(MODEL, false, name, start);
            }
            String quantity = quantityAfter(name, quoted, start);
            String contender =
                    quantity.isEmpty() || quoted ? name : name.substring(0, name.length() - quantity.length() - 1);
            boolean word = !quoted && (contender.equals(BASELINE) || contender.equals(MODEL));
            names.add(word ? contender : QUOTED + contender);
            if (quantity.isEmpty()) {
                bareName = bareName < 0 ? start : bareName;
            } else {
                quantities.add(quantity);
            }
            return new Reference(contender, quoted, quantity, start);
        }

        /** A model's name may have dots in it: what stands after the last one is a quantity, or part of the name. */
        private String quantityAfter(String name, boolean quoted, int start) {
            if (!quoted) {
                String last = name.substring(name.lastIndexOf('.') + 1);
                boolean named = name.startsWith(BASELINE + ".") || name.startsWith(MODEL + ".");
                if (named && !isQuantity(last)) {
                    throw ConditionException.at(
                            text,
                            start + name.length() - last.length(),
                            "'" + last + "' is no measure and none of " + words());
                }
                return name.indexOf('.') > 0 && isQuantity(last) ? last : "";
            }
            if (position < text.length() && text.charAt(position) == '.') {
                position++;
                int quantityStart = position;
                String quantity = word();
                if (!isQuantity(quantity)) {
                    throw ConditionException.at(
                            text, quantityStart, "'" + quantity + "' is no measure and none of " + words());
                }
                return quantity;
            }
            return "";
        }

        private String quoted() {
            int start = position;
            char quote = text.charAt(position++);
            int end = text.indexOf(quote, position);
            if (end < 0) {
                throw ConditionException.at(text, start, "the quotation does not end");
            }
            String name = text.substring(position, end);
            position = end + 1;
            return name;
        }

        private String word() {
            int start = position;
            while (position < text.length() && isNamePart(text.charAt(position))) {
                position++;
            }
            if (start == position) {
                throw expected("a number, a measure or a name");
            }
            return text.substring(start, position);
        }

        private static boolean isNamePart(char c) {
            return Character.isLetterOrDigit(c) || "_.-/:".indexOf(c) >= 0;
        }

        private boolean isNext(char sign) {
            skipSpace();
            return position < text.length() && text.charAt(position) == sign;
        }

        private void skipSpace() {
            while (position < text.length() && Character.isWhitespace(text.charAt(position))) {
                position++;
            }
        }

        private ConditionException expected(String what) {
            String found = position < text.length() ? "'" + text.charAt(position) + "'" : "the end";
            return ConditionException.at(text, position, "expected " + what + ", not " + found);
        }

        private static List<String> words() {
            return Arrays.stream(Quantity.values())
                    .map(quantity -> requireNonNull(quantity).word())
                    .toList();
        }
    }
}
