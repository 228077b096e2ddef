package io.streamrank.http;

import static java.util.Objects.requireNonNull;

import io.streamrank.testing.Eventually;
import java.io.File;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** A browser without a window, which tells what it sees. */
final class Chromium implements AutoCloseable {
    private static final List<String> BROWSERS = List.of("chromium", "chromium-browser", "google-chrome");
    private static final Duration LIMIT = Duration.ofMinutes(2);

    /** What scrolls smoothly cannot be clicked meanwhile. */
    private static final Map<String, String> STILL = feature("prefers-reduced-motion", "reduce");

    /** Kept here, for loggers that nobody holds forget their level; its warnings are of what is not used here. */
    private static final Logger LOG = Logger.getLogger("org.openqa.selenium");

    private final ChromeDriver driver;

    private Chromium(ChromeDriver driver) {
        this.driver = driver;
    }

    /** Why there can be none here; empty where there can. */
    static Optional<String> missing() {
        if (BROWSERS.stream().allMatch(name -> onPath(name).isEmpty())) {
            return Optional.of("none of " + BROWSERS + " is on the PATH");
        }
        return onPath("chromedriver").isPresent() ? Optional.empty() : Optional.of("chromedriver is not on the PATH");
    }

    static Chromium start() {
        LOG.setLevel(Level.SEVERE);
        ChromeOptions options = new ChromeOptions();
        options.setBinary(BROWSERS.stream()
                .flatMap(name -> onPath(name).stream())
                .findFirst()
                .orElseThrow()
                .toFile());
        // Its sandbox cannot be had as root or in many a container, and the pages are our own.
        options.addArguments("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu");
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        options.setCapability("goog:loggingPrefs", logs);
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(onPath("chromedriver").orElseThrow().toFile())
                .usingAnyFreePort()
                .build();
        return new Chromium(new ChromeDriver(service, options));
    }

    private static Optional<Path> onPath(String name) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static Map<String, String> feature(String name, String value) {
        return Map.of("name", name, "value", value);
    }

    /** Opens a page in a window of this size, as one who likes light or dark colours. */
    void open(URI page, int width, int height, String scheme) {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 600));
        driver.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(feature("prefers-color-scheme", scheme), STILL)));
        driver.get(page.toString());
    }

    /** Leaves the page, so that it asks nothing any more. */
    void leave() {
        driver.get("about:blank");
    }

    /** Returns once the first element that a selector finds shows a text. */
    void awaitText(String selector, String text) throws Exception {
        try {
            Eventually.await(
                    selector + " shows " + text, LIMIT, () -> shown(selector).contains(text));
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + ", but: " + shown(selector), e);
        }
    }

    /** The visible text of the first element that a selector finds, in one line; empty where there is none. */
    String shown(String selector) {
        try {
            return driver.findElements(By.cssSelector(selector)).stream()
                    .findFirst()
                    .map(node -> node.getText().replaceAll("\\s+", " "))
                    .orElse("");
        } catch (StaleElementReferenceException e) {
            return "";
        }
    }

    /** The texts of a table's rows, cell by cell. */
    @SuppressWarnings("unchecked")
    List<List<String>> rows(String table) {
        return (List<List<String>>) ask("""
                return [...document.querySelectorAll(arguments[0] + ' tbody tr')].map(row =>
                  [...row.cells].filter(cell => !cell.hidden).map(cell => cell.innerText.replace(/\\s+/g, ' ').trim()))""", table);
    }

    boolean isShown(String selector) {
        List<WebElement> found = driver.findElements(By.cssSelector(selector));
        return !found.isEmpty() && found.get(0).isDisplayed();
    }

    void click(String selector) {
        driver.findElement(By.cssSelector(selector)).click();
    }

    void type(String selector, CharSequence text) {
        driver.findElement(By.cssSelector(selector)).sendKeys(text);
    }

    /** Presses a key where the focus is. */
    void press(Keys key) {
        driver.switchTo().activeElement().sendKeys(key);
    }

    /** What a script returns. */
    Object ask(String script, Object... arguments) {
        return requireNonNull(driver.executeScript(script, arguments), "the script returned nothing");
    }

    /** What the browser complained of since it was last asked. */
    List<String> complaints() {
        return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
                .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
                .map(LogEntry::getMessage)
                .toList();
    }

    @Override
    public void close() {
        driver.quit();
    }
}
