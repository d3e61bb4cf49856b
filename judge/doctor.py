def main(rest: list[str]) -> int:
    return 0
