"""The dashboard in a real browser, with its scripts and its Content-Security-Policy."""


def test_person_signs_up_and_out_and_in(page):
    page.goto("/")
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Email").fill("marta@example.com")
    page.get_by_label("Your name").fill("Marta")
    page.get_by_label("Organisation").fill("Puerto Norte")
    page.get_by_label("Password", exact=True).fill("four words of mine")
    page.get_by_role("button", name="Create account").click()
    page.get_by_role("heading", name="Overview").wait_for()
    page.get_by_text("Make your first request").wait_for()

    page.get_by_role("button", name="Your account").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("You are signed out.").wait_for()
    page.get_by_label("Email").fill("marta@example.com")
    page.get_by_label("Password", exact=True).fill("four words of mine")
    page.get_by_role("button", name="Sign in").click()

    page.get_by_role("heading", name="Overview").wait_for()


def test_theme_is_turned_without_a_new_page_and_stays(page):
    page.goto("/sign-in")
    page.get_by_role("button", name="Light or dark").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"

    page.reload()

    assert page.locator("html").get_attribute("data-theme") == "dark"
