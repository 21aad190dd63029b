"""`piecework fake-stripe`: our own imitation of Stripe on this machine, for trying the rail."""

import threading

import click


@click.command()
@click.option("--port", default=12111, show_default=True, help="The port on 127.0.0.1.")
@click.option("--webhook", default="", help="Where events are sent, such as http://127.0.0.1:8000/hooks/rails/stripe.")
@click.option("--secret", default="whsec_imitation", show_default=True, help="What signs them.")
@click.option(
    "--fee-ppm", default=29_000, show_default=True, help="What it keeps of each payment, in parts per million."
)
def command(port: int, webhook: str, secret: str, fee_ppm: int) -> None:
    """Serve an imitation of Stripe. It is ours, not Stripe's; nothing is kept when it ends."""
    from marketplace.gateways.stripe_connect.fake.server import FakeStripeServer

    server = FakeStripeServer(port, webhook_url=webhook, webhook_secret=secret)
    server.state.fee_ppm = fee_ppm
    click.echo(f"An imitation of Stripe answers at {server.url}. Start the market beside it with:")
    click.echo(
        f"  STRIPE_SECRET_KEY=sk_test_imitation STRIPE_API_BASE={server.url} STRIPE_WEBHOOK_SECRET={secret} make run"
    )
    click.echo("Payments are made at once. POST /fake/faults and /fake/settings change what it does (docs/stripe.md).")
    if webhook:
        threading.Thread(target=server.deliver_forever, daemon=True).start()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
