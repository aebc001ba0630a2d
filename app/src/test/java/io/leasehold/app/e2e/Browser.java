package io.leasehold.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import org.awaitility.Awaitility;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** A Chromium without a window, driven through the DevTools protocol. */
final class Browser implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final ChromeDriver driver;

  private Browser(ChromeDriver driver) {
    this.driver = driver;
  }

  /** Starts one; skips the test where there is none. */
  static Browser start() {
    Tool.need("chromium", "chromium");
    Tool.need("chromedriver", "chromium-driver");
    var logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    logs.enable(LogType.PERFORMANCE, Level.ALL);
    var options = new ChromeOptions();
    options.setBinary("/usr/bin/chromium");
    options.addArguments(
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--disable-background-networking",
        "--no-first-run",
        "--window-size=1440,900");
    options.setCapability("goog:loggingPrefs", logs);
    var service =
        new ChromeDriverService.Builder()
            .usingDriverExecutable(new File("/usr/bin/chromedriver"))
            .usingAnyFreePort()
            .build();
    return new Browser(new ChromeDriver(service, options));
  }

  void open(URI address) {
    driver.get(address.toString());
  }

  void reload() {
    driver.navigate().refresh();
  }

  /** The element with this {@code data-testid}. */
  WebElement element(String testId) {
    return driver.findElement(By.cssSelector("[data-testid='" + testId + "']"));
  }

  List<WebElement> elements(String testId) {
    return driver.findElements(By.cssSelector("[data-testid='" + testId + "']"));
  }

  WebElement focused() {
    return driver.switchTo().activeElement();
  }

  /** As a reader sees it; read in one step, while the page goes on. */
  String text(String testId) {
    var text = run("return document.querySelector(\"[data-testid='" + testId + "']\").innerText");
    return String.valueOf(text);
  }

  void awaitText(String testId, String part) {
    Awaitility.await(testId + " says " + part)
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(100))
        .untilAsserted(() -> assertThat(text(testId)).contains(part));
  }

  Object run(String script) {
    return driver.executeScript(script);
  }

  void devTools(String command, Map<String, Object> parameters) {
    driver.executeCdpCommand(command, parameters);
  }

  /** Shows the page as a device of this width does. */
  void resize(int width, int height) {
    devTools(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 700));
  }

  /** What the system prefers: {@code light} or {@code dark}. */
  void prefer(String scheme) {
    devTools(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
  }

  /** The whole page as a picture. */
  void photograph(Path file) throws IOException {
    Map<String, Object> taken =
        driver.executeCdpCommand(
            "Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", true));
    Files.write(file, Base64.getDecoder().decode((String) taken.get("data")));
  }

  /** Errors and warnings of the console since the last call. */
  List<String> consoleErrors() {
    var errors = new ArrayList<String>();
    for (LogEntry entry : driver.manage().logs().get(LogType.BROWSER)) {
      if (entry.getLevel().intValue() >= Level.WARNING.intValue()) {
        errors.add(entry.getMessage());
      }
    }
    return errors;
  }

  /** Addresses that were asked for since the last call, those of the browser's own pages aside. */
  List<URI> requests() throws IOException {
    var requests = new ArrayList<URI>();
    for (LogEntry entry : driver.manage().logs().get(LogType.PERFORMANCE)) {
      JsonNode message = JSON.readTree(entry.getMessage()).get("message");
      if (message.get("method").asText().equals("Network.requestWillBeSent")) {
        requests.add(URI.create(message.at("/params/request/url").asText()));
      }
    }
    return requests;
  }

  @Override
  public void close() {
    driver.quit();
  }
}
